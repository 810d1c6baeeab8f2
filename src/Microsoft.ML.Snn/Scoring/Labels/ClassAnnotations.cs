using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Engine.Graph;
using Kinds = Microsoft.ML.Data.AnnotationUtils.Kinds;

namespace Microsoft.ML.Snn.Scoring.Labels;

/// <summary>
/// The annotations by which ML.NET knows the scores and the predicted label of a classifier, from a network's class labels: text, or
/// numbers as <see cref="double"/>.
/// </summary>
internal static class ClassAnnotations
{
    /// <summary>Of the score column.</summary>
    /// <param name="labels">The classes.</param>
    /// <param name="setId">Tells these scores from those of other models in the schema.</param>
    public static DataViewSchema.Annotations OfScores(LabelValues? labels, uint setId)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (labels is not null)
        {
            if (!labels.AreNumeric)
                AddLabels(builder, Kinds.SlotNames, labels);
            AddLabels(builder, Kinds.TrainingLabelValues, labels);
        }
        AddScoreSet(builder, setId, AnnotationUtils.Const.ScoreValueKind.Score);
        return builder.ToAnnotations();
    }

    /// <summary>Of the predicted label.</summary>
    /// <param name="labels">The classes.</param>
    /// <param name="setId">That of the scores it comes from.</param>
    public static DataViewSchema.Annotations OfPredictedLabel(LabelValues? labels, uint setId)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (labels is not null)
            AddLabels(builder, Kinds.KeyValues, labels);
        AddScoreSet(builder, setId, AnnotationUtils.Const.ScoreValueKind.PredictedLabel);
        return builder.ToAnnotations();
    }

    /// <summary>What a schema shape can tell of annotations.</summary>
    public static SchemaShape ShapeOf(DataViewSchema.Annotations annotations) =>
        new(annotations.Schema.Select(annotation => ShapeOf(annotation.Name, annotation.Type)));

    /// <summary>What a schema shape can tell of a column.</summary>
    public static SchemaShape.Column ShapeOf(string name, DataViewType type, SchemaShape? annotations = null) => new(
        name,
        type is VectorDataViewType ? SchemaShape.Column.VectorKind.Vector : SchemaShape.Column.VectorKind.Scalar,
        type is KeyDataViewType ? NumberDataViewType.UInt32 : type.GetItemType(),
        type is KeyDataViewType,
        annotations);

    private static void AddScoreSet(DataViewSchema.Annotations.Builder builder, uint setId, string valueKind)
    {
        builder.Add(Kinds.ScoreColumnSetId, AnnotationUtils.ScoreColumnSetIdType, (ref uint value) => value = setId);
        builder.Add(Kinds.ScoreColumnKind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) =>
            value = AnnotationUtils.Const.ScoreColumnKind.MulticlassClassification.AsMemory());
        builder.Add(Kinds.ScoreValueKind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = valueKind.AsMemory());
    }

    private static void AddLabels(DataViewSchema.Annotations.Builder builder, string kind, LabelValues labels)
    {
        if (labels.AreNumeric)
        {
            double[] numbers = labels.Numbers.ToArray();
            builder.Add(kind, new VectorDataViewType(NumberDataViewType.Double, numbers.Length),
                (ref VBuffer<double> values) => new VBuffer<double>(numbers.Length, numbers).CopyTo(ref values));
        }
        else
        {
            ReadOnlyMemory<char>[] names = [.. labels.Select(name => name.AsMemory())];
            builder.Add(kind, new VectorDataViewType(TextDataViewType.Instance, names.Length),
                (ref VBuffer<ReadOnlyMemory<char>> values) => new VBuffer<ReadOnlyMemory<char>>(names.Length, names).CopyTo(ref values));
        }
    }
}
