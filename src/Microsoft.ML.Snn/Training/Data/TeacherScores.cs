using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Scoring.Labels;

namespace Microsoft.ML.Snn.Training.Data;

/// <summary>The column of a teacher's scores, and what a network learns of them.</summary>
/// <param name="ColumnName">In the training set.</param>
/// <param name="Kind">What the column holds.</param>
/// <param name="Temperature">At which the network learns.</param>
internal sealed record TeacherScores(string ColumnName, TeacherScoreKind Kind, double Temperature)
{
    /// <summary>By how much the sum of probabilities may differ from 1: they may have been rounded to bfloat16.</summary>
    private const double SumTolerance = 0.01;

    /// <summary>Finds the column and compares it with the classes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// There is no such column, or it has not one score for each class, in their order.
    /// </exception>
    public void Check(DataViewSchema schema, int classes, LabelValues? labels)
    {
        DataViewSchema.Column column = ColumnCheck.Find(schema, "teacher score", ColumnName);
        if (column.Type is not VectorDataViewType { IsKnownSize: true } type || type.ItemType.RawType != typeof(float))
            throw ColumnCheck.Unsuitable("teacher score", column, "Vector<Single> of known size");
        if (type.Size != classes)
        {
            throw ColumnCheck.Unsuitable(
                $"Teacher score column '{ColumnName}' has {type.Size} scores, but the label column has {classes} classes. The teacher must "
                + "have learned the same keys: transform for both with the same fitted MapValueToKey.");
        }
        if (labels is null || LabelAnnotations.ReadScores(column) is not { } scored || scored.SequenceEqual(labels))
            return;
        int first = scored.Zip(labels).TakeWhile(pair => pair.First == pair.Second).Count();
        throw ColumnCheck.Unsuitable(
            $"Score {first + 1} of teacher score column '{ColumnName}' is of class '{scored[first]}', but class {first + 1} of the label "
            + $"column is '{labels[first]}'. The teacher must have learned the same keys: transform for both with the same fitted "
            + "MapValueToKey.");
    }

    /// <summary>A row's scores as probabilities at the temperature.</summary>
    /// <param name="scores">As the column has them.</param>
    /// <param name="probabilities">Written here; they sum to 1.</param>
    /// <param name="row">What it is called in messages.</param>
    /// <exception cref="InvalidOperationException">They are not what they are said to be.</exception>
    public void Soften(ReadOnlySpan<float> scores, Span<float> probabilities, string row)
    {
        int bad = scores.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
        if (bad >= 0)
            throw Unsuitable(row, scores[bad], bad, "Filter rows that the teacher cannot score.");
        double largest = float.MinValue, sum = 0, total = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (Kind == TeacherScoreKind.Probabilities && scores[i] < 0)
                throw Unsuitable(row, scores[i], i, $"That is no probability. {IfLogits}");
            (largest, sum) = (Math.Max(largest, scores[i]), sum + scores[i]);
        }
        if (Kind == TeacherScoreKind.Probabilities && !(Math.Abs(sum - 1) <= SumTolerance))
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"{row} of teacher score column '{ColumnName}' sums to {sum:G4}: these are no probabilities. {IfLogits}"));
        }
        for (int i = 0; i < scores.Length; i++)
            total += Soft(scores[i]);
        for (int i = 0; i < scores.Length; i++)
            probabilities[i] = (float)(Soft(scores[i]) / total);

        // Relative to the largest, which becomes 1: nothing overflows, and not all can vanish.
        double Soft(double score) => Kind == TeacherScoreKind.Logits
            ? Math.Exp((score - largest) / Temperature) : Math.Pow(score / largest, 1 / Temperature);
    }

    private static string IfLogits => "If the column holds logits, set the ScoreKind of TeacherDistillation to Logits.";

    private Exception Unsuitable(string row, float score, int index, string advice) => new InvalidOperationException(string.Create(
        CultureInfo.InvariantCulture, $"{row} of teacher score column '{ColumnName}' holds {score} at index {index}. {advice}"));
}
