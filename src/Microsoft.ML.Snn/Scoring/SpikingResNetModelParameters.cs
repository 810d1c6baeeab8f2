using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Scoring;
using Microsoft.ML.Snn.Scoring.Verification;
using Microsoft.ML.Trainers;

[assembly: LoadableClass(typeof(SpikingResNetModelParameters), null, typeof(SignatureLoadModel),
    "Spiking ResNet predictor", SpikingResNetModelParameters.LoaderSignature)]

namespace Microsoft.ML.Snn;

/// <summary>
/// The model parameters of <see cref="SpikingResNetTrainer"/>: a folded spiking network, which gives each class's probability.
/// </summary>
public sealed class SpikingResNetModelParameters : ModelParametersBase<VBuffer<float>>, IValueMapper, ISchemaBindableMapper
{
    internal const string LoaderSignature = "SnnResNetPredictor";

    private readonly string _scoreColumnName;

    // To be saved again; null where it is not kept.
    private readonly IReadOnlyDictionary<string, float[]>? _trainingState;

    // Set by loading, until ML.NET binds what was loaded to the schema that the zip has for it.
    private bool _awaitsTrainingSchema;

    internal SpikingResNetModelParameters(
        IHostEnvironment env, SpikingNetwork network, string scoreColumnName, IReadOnlyDictionary<string, float[]>? trainingState = null)
        : base(env, LoaderSignature)
    {
        Network = network;
        _scoreColumnName = scoreColumnName;
        _trainingState = trainingState;
    }

    private SpikingResNetModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, LoaderSignature, ctx)
    {
        // *** Binary format ***
        // <base>
        // id of string: score column
        // (the network is an entry of its own, and so is what training needs, where that is kept)
        _scoreColumnName = ctx.LoadNonEmptyString();
        Network = NetworkEntry.Load(Host, ctx);
        _trainingState = TrainingStateEntry.Load(Host, ctx, Network);
        _awaitsTrainingSchema = true;
    }

    /// <summary>The network. Its membrane potentials live in each call, so one network serves any number of threads.</summary>
    public SpikingNetwork Network { get; }

    /// <inheritdoc/>
    protected override PredictionKind PredictionKind => PredictionKind.MulticlassClassification;

    DataViewType IValueMapper.InputType => new VectorDataViewType(NumberDataViewType.Single, Network.InputShape.ToArray());

    DataViewType IValueMapper.OutputType => new VectorDataViewType(NumberDataViewType.Single, Network.ClassCount);

    /// <exception cref="InvalidDataException">In a zip, the classes have other names in the schema than in the network.</exception>
    ISchemaBoundMapper ISchemaBindableMapper.Bind(IHostEnvironment env, RoleMappedSchema schema)
    {
        // Not when it is bound to other data, whose labels may have other names, or none.
        if (_awaitsTrainingSchema)
            ClassNames.Check(schema.Label, Network.Labels, Network.ClassCount);
        _awaitsTrainingSchema = false;
        return new ScoreBinding(this, _scoreColumnName, schema).Bind(env, schema);
    }

    internal static SpikingResNetModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        MLNetVersion.Check();
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(Version);
        return new(env, ctx);
    }

    /// <inheritdoc/>
    protected override void SaveCore(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        base.SaveCore(ctx);
        ctx.SaveNonEmptyString(_scoreColumnName);
        NetworkEntry.Save(ctx, Network);
        if (_trainingState is not null)
            TrainingStateEntry.Save(ctx, _trainingState);
    }

    ValueMapper<TSource, TTarget> IValueMapper.GetMapper<TSource, TTarget>()
    {
        Host.Check(typeof(TSource) == typeof(VBuffer<float>), "A spiking network maps vectors of Single.");
        Host.Check(typeof(TTarget) == typeof(VBuffer<float>), "A spiking network maps to vectors of Single.");
        // Buffers for each mapper: mappers run on several threads at once.
        var row = new FeatureRow(Network);
        ValueMapper<VBuffer<float>, VBuffer<float>> map = (in VBuffer<float> features, ref VBuffer<float> scores) =>
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref scores, Network.ClassCount);
            // One bad row must not end a whole pass: like ML.NET's own models, it scores NaN, and Evaluate counts it.
            if (row.TryRead(in features, out ReadOnlySpan<float> values))
                Network.Score(values, editor.Values);
            else
                editor.Values.Fill(float.NaN);
            scores = editor.Commit();
        };
        return (ValueMapper<TSource, TTarget>)(Delegate)map;
    }

    internal static VersionInfo Version => new(
        modelSignature: "SNNRESNT",
        verWrittenCur: 0x00010001, // Initial
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderAssemblyName: typeof(SpikingResNetModelParameters).Assembly.FullName!,
        loaderSignature: LoaderSignature);
}
