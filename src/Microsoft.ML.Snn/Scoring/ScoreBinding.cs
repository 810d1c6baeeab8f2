using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Scoring.Onnx;

namespace Microsoft.ML.Snn.Scoring;

/// <summary>
/// A spiking network together with the name and annotations of its score column; it can be bound to any schema with suitable features. The
/// annotations are the training label's key values: slot names (where they are text) and training label values. ML.NET's own
/// binding does the same, but for no other column name than Score.
/// </summary>
internal sealed class ScoreBinding : IBindableCanSaveOnnx
{
    private readonly DataViewSchema.Annotations _annotations;

    /// <param name="trained">The schema of the training set.</param>
    public ScoreBinding(SpikingResNetModelParameters model, string scoreColumnName, RoleMappedSchema trained)
    {
        Model = model;
        ScoreColumnName = scoreColumnName;
        FeatureType = trained.Feature?.Type;
        _annotations = Annotate(trained.Label, model.Network.ClassCount);
    }

    public SpikingResNetModelParameters Model { get; }

    public string ScoreColumnName { get; }

    /// <summary>Of the feature column in training; null where it is not known.</summary>
    public DataViewType? FeatureType { get; }

    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => true;

    /// <exception cref="ArgumentOutOfRangeException">The model is to have a lower operator set than the network needs.</exception>
    /// <exception cref="InvalidOperationException">ONNX cannot express the step that makes the features.</exception>
    /// <exception cref="NotSupportedException">The model would be too large.</exception>
    bool IBindableCanSaveOnnx.SaveAsOnnx(OnnxContext ctx, RoleMappedSchema schema, string[] outputNames)
    {
        // ML.NET's scorer asks for the predicted label first.
        new PipelineExport(ctx, "SpikingResNet", Model.Network, schema.Feature!.Value.Name).Write(outputNames[1], outputNames[0]);
        return true;
    }

    public ISchemaBoundMapper Bind(IHostEnvironment env, RoleMappedSchema schema) => new ScoreMapper(this, schema, _annotations);

    private static DataViewSchema.Annotations Annotate(DataViewSchema.Column? label, int classes)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(AnnotationUtils.Kinds.ScoreValueKind, TextDataViewType.Instance,
            (ref ReadOnlyMemory<char> value) => value = AnnotationUtils.Const.ScoreValueKind.Score.AsMemory());
        if (label?.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is VectorDataViewType names
            && names.Size == classes)
            Utils.MarshalActionInvoke(AddKeyValues<int>, names.ItemType.RawType, builder, label.Value, names);
        return builder.ToAnnotations();
    }

    private static void AddKeyValues<T>(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column label, VectorDataViewType names)
    {
        ValueGetter<VBuffer<T>> getter = (ref VBuffer<T> values) => label.GetKeyValues(ref values);
        if (names.ItemType is TextDataViewType)
            builder.Add(AnnotationUtils.Kinds.SlotNames, names, getter);
        builder.Add(AnnotationUtils.Kinds.TrainingLabelValues, names, getter);
    }
}
