using System.IO.Hashing;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Training.Data;

/// <summary>Which rows of a view belong to an <see cref="ExampleSet"/>.</summary>
internal enum ExamplePart
{
    All,
    Training,
    Validation,
}

/// <summary>
/// The labeled samples of a data view, or the part of them chosen for training or validation. Holds no data: <see cref="Read"/> streams.
/// Its name stands in messages ("the training set").
/// </summary>
/// <remarks>
/// The split hashes the content of a row (features and label): it depends neither on the order of the rows nor on how often they are read,
/// and equal rows never stand on both sides.
/// </remarks>
internal sealed record ExampleSet(RoleMappedData Data, SampleShape Shape, string Name)
{
    public const string TrainingName = "the training set", ValidationName = "the validation set";

    public ExamplePart Part { get; init; }

    public double ValidationFraction { get; init; }

    public long SplitSeed { get; init; }

    /// <summary>Whose scores to read too; null for nobody's.</summary>
    public TeacherScores? Teacher { get; init; }

    public string FeatureColumnName => Data.Schema.Feature!.Value.Name;

    public DataViewSchema.Column LabelColumn => Data.Schema.Label!.Value;

    /// <summary>Whether values are looked at whenever a row is read: no pass before has done so.</summary>
    public bool ChecksValues { get; init; }

    /// <param name="random">Shuffles the rows as far as the view can; null keeps their order.</param>
    /// <param name="oneByOne">
    /// Whether rows are made when they are asked for and not ahead, on several threads: for who does not need all of them.
    /// </param>
    public ExampleCursor Read(Random? random, bool oneByOne = false) => new(this, random, oneByOne);

    /// <summary>Reads labels and weights, and nothing of the features or of a teacher.</summary>
    public ExampleCursor ReadLabels() => new(this, random: null, oneByOne: false, labelsOnly: true);

    public bool Contains(ReadOnlySpan<float> features, uint label)
    {
        if (Part == ExamplePart.All)
            return true;
        ulong hash = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(features), SplitSeed ^ label);
        bool isValidation = hash < ValidationFraction * ulong.MaxValue;
        return isValidation == (Part == ExamplePart.Validation);
    }
}
