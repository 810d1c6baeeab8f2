using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Scoring;
using Microsoft.ML.Snn.Scoring.Labels;

namespace Microsoft.ML.Snn.Training.Data;

/// <summary>What the columns of a set tell of its samples before any of them is read.</summary>
/// <param name="Shape">Of each sample.</param>
/// <param name="Classes">Number of classes.</param>
/// <param name="Labels">The classes' names, where known.</param>
internal sealed record ExampleColumns(SampleShape Shape, int Classes, LabelValues? Labels)
{
    private const string SameKeys = "Transform both with the same fitted MapValueToKey.";

    /// <summary>The classes' names; where these are not known, their numbers from 1, as keys count.</summary>
    public IReadOnlyList<string> ClassNames =>
        (IReadOnlyList<string>?)Labels ?? [.. Enumerable.Range(1, Classes).Select(key => key.ToString(CultureInfo.InvariantCulture))];

    /// <param name="data">The set.</param>
    /// <param name="set">Its name in messages.</param>
    /// <param name="inputShape">What the trainer's option says of the samples' shape; null for the column's own.</param>
    /// <param name="teacher">Whose scores the set has to have; null for nobody's.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The samples have no shape to train on, there are fewer than two classes or too many, or the teacher's scores are not theirs.
    /// </exception>
    public static ExampleColumns Of(RoleMappedData data, string set, int[]? inputShape, TeacherScores? teacher = null)
    {
        var columns = new ExampleColumns(
            SampleShape.Of(data.Schema.Feature!.Value, inputShape), LabelKeys.Count(data, set),
            LabelAnnotations.Read(data.Schema.Label!.Value));
        teacher?.Check(data.Data.Schema, columns.Classes, columns.Labels);
        return columns;
    }

    /// <summary>Compares the training set's columns, these, with those of a validation set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A network for the ones cannot take the others.</exception>
    public void CheckValidation(ExampleColumns validation)
    {
        if (validation.Shape != Shape)
            throw ColumnCheck.Unsuitable($"The validation set's samples have shape {validation.Shape}, the training set's {Shape}.");
        if (validation.Classes != Classes)
        {
            throw ColumnCheck.Unsuitable(
                $"The validation set's label column has {validation.Classes} classes, the training set's {Classes}. {SameKeys}");
        }
        if (Labels is not null && validation.Labels is { } others && !Labels.SequenceEqual(others))
        {
            int first = Labels.Zip(others).TakeWhile(pair => pair.First == pair.Second).Count();
            throw ColumnCheck.Unsuitable(
                $"Class {first + 1} is '{Labels[first]}' in the training set's label column, but '{others[first]}' in the validation "
                    + $"set's. {SameKeys}");
        }
    }
}
