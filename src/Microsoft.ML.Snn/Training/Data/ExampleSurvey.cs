using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn.Training.Data;

/// <summary>
/// The first pass over a set: checks every sample, counts, measures mean and deviation, and keeps the samples if they fit into memory. Or
/// a pass over the labels alone, of a set whose mean and deviation are known.
/// </summary>
internal sealed class ExampleSurvey
{
    // Enough to see what is wrong with all samples, few enough to be read in a moment.
    private const int SamplesBesideLabels = 64;

    private readonly (float[] Least, float[] Largest) _range;

    private ExampleSurvey(
        long[] classCounts, float[] mean, float[] deviation, (float[] Least, float[] Largest) range, double meanWeight, UInt128 contentHash,
        ExampleStore? store)
    {
        _range = range;
        ClassCounts = classCounts;
        Mean = mean;
        Deviation = deviation;
        MeanWeight = meanWeight;
        ContentHash = contentHash;
        Store = store;
    }

    public long Count => ClassCounts.Sum();

    /// <summary>Samples of each class.</summary>
    public IReadOnlyList<long> ClassCounts { get; }

    /// <summary>Mean of each channel, over all samples, time steps and pixels.</summary>
    public float[] Mean { get; }

    /// <summary>Standard deviation of each channel likewise; 1 for a channel that never changes, so that it may be divided by.</summary>
    public float[] Deviation { get; }

    /// <summary>The least value of any sample.</summary>
    public float Least => _range.Least.Min();

    /// <summary>The largest value of any sample.</summary>
    public float Largest => _range.Largest.Max();

    /// <summary>Mean of the samples' weights.</summary>
    public double MeanWeight { get; }

    /// <summary>
    /// Of all samples, labels, weights and a teacher's probabilities in their order: tells whether another pass, in another process too,
    /// sees the same data. Of a pass over labels only the first samples are in it.
    /// </summary>
    public UInt128 ContentHash { get; }

    /// <summary>Whether all values were looked at.</summary>
    public bool IsWhole { get; private init; } = true;

    /// <summary>The samples; null where they did not fit.</summary>
    public ExampleStore? Store { get; }

    /// <exception cref="InvalidOperationException">The set is empty, or a value is not finite: the message names the row.</exception>
    public static ExampleSurvey Of(ExampleSet set, int classes, long cacheBytes, IChannel channel, Action checkAlive)
    {
        var classCounts = new long[classes];
        var sums = new ChannelSums(set.Shape);
        var hash = new XxHash128();
        ExampleStore? store = cacheBytes > 0 ? new ExampleStore(set.Shape.Length) : null;
        double weights = 0;
        long allZero = 0, firstAllZero = -1;

        using ExampleCursor cursor = (set with { ChecksValues = true }).Read(random: null);
        while (cursor.MoveNext())
        {
            checkAlive();
            ReadOnlySpan<float> features = cursor.Features;
            CheckLabel(cursor, classes, set);
            if (!features.ContainsAnyExcept(0f))
            {
                allZero++;
                firstAllZero = firstAllZero < 0 ? cursor.Row : firstAllZero;
            }
            classCounts[cursor.Label]++;
            weights += cursor.Weight;
            sums.Add(features);
            hash.Append(MemoryMarshal.AsBytes(features));
            hash.Append(MemoryMarshal.AsBytes([(float)cursor.Label, cursor.Weight]));
            ExampleTarget target = cursor.Target;
            hash.Append(MemoryMarshal.AsBytes(target.Teacher.AsSpan()));
            store?.Add(features, target);
            if (store?.Bytes > cacheBytes)
                store = null;
        }

        CheckRows(set, cursor, classCounts, weights, channel);
        long count = classCounts.Sum();
        if (allZero > 0)
        {
            channel.Warning($"{allZero} of {count} samples of {set.Name} are zero throughout, the first in row {firstAllZero}. "
                + (set.Shape.Slices is null
                    ? "ExtractPixels gives that for an image that is black or missing."
                    : "AccumulateEvents gives that for a recording without events on its sensor in its slices, "
                        + "EncodeSpikes for values of which none gives a spike."));
        }
        (float[] mean, float[] deviation) = sums.MeanAndDeviation();
        if (sums.IsConstant && set.Part != ExamplePart.Validation)
        {
            channel.Warning($"All values of feature column '{set.FeatureColumnName}' are equal"
                + $"{(mean.Length == 1 ? "" : " in each channel")} throughout {set.Name}: there is nothing to learn from.");
        }
        return new(classCounts, mean, deviation, sums.Range, weights / count, hash.GetCurrentHashAsUInt128(), store);
    }

    /// <summary>
    /// The same without reading the features, but for the first samples', where all of them could not be kept anyway: null where they
    /// might be. A row's values are then to be checked when it is read (<see cref="ExampleSet.ChecksValues"/>).
    /// </summary>
    /// <exception cref="InvalidOperationException">The set is empty, or one of the first samples cannot be trained on.</exception>
    public static ExampleSurvey? OfLabels(ExampleSet set, int classes, long cacheBytes, IChannel channel, Action checkAlive)
    {
        var classCounts = new long[classes];
        var hash = new XxHash128();
        double weights = 0;
        using (ExampleCursor cursor = set.ReadLabels())
        {
            while (cursor.MoveNext())
            {
                checkAlive();
                CheckLabel(cursor, classes, set);
                classCounts[cursor.Label]++;
                weights += cursor.Weight;
                hash.Append(MemoryMarshal.AsBytes([(float)cursor.Label, cursor.Weight]));
            }
            // A sample of bytes is the smallest that may be kept.
            if (classCounts.Sum() * set.Shape.Length <= cacheBytes)
                return null;
            CheckRows(set, cursor, classCounts, weights, channel);
        }
        var sums = new ChannelSums(set.Shape);
        using ExampleCursor first = (set with { ChecksValues = true }).Read(random: null, oneByOne: true);
        for (int i = 0; i < SamplesBesideLabels && first.MoveNext(); i++)
        {
            sums.Add(first.Features);
            hash.Append(MemoryMarshal.AsBytes(first.Features));
            hash.Append(MemoryMarshal.AsBytes(first.Target.Teacher.AsSpan()));
        }
        (float[] mean, float[] deviation) = sums.MeanAndDeviation();
        return new(classCounts, mean, deviation, sums.Range, weights / classCounts.Sum(), hash.GetCurrentHashAsUInt128(), store: null)
        {
            IsWhole = false,
        };
    }

    /// <summary>Mean and deviation, to be taken out of the features of <paramref name="column"/>.</summary>
    /// <exception cref="InvalidOperationException">The values are too small or too large for that in float32.</exception>
    public (float[] Mean, float[] Deviation) Normalization(string column)
    {
        for (int c = 0; c < Mean.Length; c++)
        {
            if (!float.IsFinite(1 / Deviation[c]) || !float.IsFinite(_range.Largest[c] - Mean[c])
                || !float.IsFinite(_range.Least[c] - Mean[c]))
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                    $"The values of feature column '{column}' are too {(Deviation[c] < 1 ? "small" : "large")} to be normalized in ")
                    + string.Create(CultureInfo.InvariantCulture,
                        $"float32 (channel {c}: mean {Mean[c]:G3}, standard deviation {Deviation[c]:G3}). ")
                    + "Scale them before training, for instance to 0..1.");
            }
        }
        return (Mean, Deviation);
    }

    private static void CheckLabel(ExampleCursor cursor, int classes, ExampleSet set)
    {
        if (cursor.Label >= classes)
        {
            throw new InvalidOperationException(
                $"Row {cursor.Row} of label column '{set.LabelColumn.Name}' is key {cursor.Label + 1}, but the key type has "
                    + $"{classes} values.");
        }
    }

    private static void CheckRows(ExampleSet set, ExampleCursor cursor, long[] classCounts, double weights, IChannel channel)
    {
        // Both parts of a split read the same rows: one of them tells of those without a label.
        if (cursor.MissingLabels > 0 && set.Part != ExamplePart.Validation)
            channel.Warning($"{cursor.MissingLabels} rows of {set.Name} have no label and are left out."
                + $"{LabelKeys.AdviceOnMissing(set.LabelColumn)}");
        if (classCounts.Sum() == 0)
            throw NothingToRead(set, cursor);
        if (!(weights > 0))
            throw new InvalidOperationException($"All weights of {set.Name} are 0.");
    }

    private static Exception NothingToRead(ExampleSet set, ExampleCursor cursor)
    {
        if (cursor.Rows == 0)
            return LabelKeys.NoInstances(set.Name);
        return new InvalidOperationException(cursor.MissingLabels == cursor.Rows
            ? $"None of the {cursor.Rows} instances in {set.Name} has a label.{LabelKeys.AdviceOnMissing(set.LabelColumn)}"
            : $"The option ValidationFraction, {set.ValidationFraction}, leaves no rows for {set.Name}. Use more data or another "
            + "fraction.");
    }

    /// <summary>Sums of each channel in float64.</summary>
    private sealed class ChannelSums(SampleShape shape)
    {
        private readonly double[] _sums = new double[shape.Channels];
        private readonly double[] _squares = new double[shape.Channels];
        private readonly float[] _least = [.. Enumerable.Repeat(float.PositiveInfinity, shape.Channels)];
        private readonly float[] _largest = [.. Enumerable.Repeat(float.NegativeInfinity, shape.Channels)];
        private long _samples;

        public void Add(ReadOnlySpan<float> features)
        {
            _samples++;
            for (int plane = 0; plane < shape.Planes; plane++)
            {
                double sum = 0, squares = 0;
                (float least, float largest) = (_least[plane % shape.Channels], _largest[plane % shape.Channels]);
                foreach (float value in features.Slice(plane * shape.PlaneLength, shape.PlaneLength))
                {
                    sum += value;
                    squares += (double)value * value;
                    (least, largest) = (Math.Min(least, value), Math.Max(largest, value));
                }
                (_least[plane % shape.Channels], _largest[plane % shape.Channels]) = (least, largest);
                _sums[plane % shape.Channels] += sum;
                _squares[plane % shape.Channels] += squares;
            }
        }

        /// <summary>The least and the largest value of each channel.</summary>
        public (float[] Least, float[] Largest) Range => (_least, _largest);

        /// <summary>Whether no channel ever changes; known once mean and deviation were asked for.</summary>
        public bool IsConstant { get; private set; } = true;

        public (float[] Mean, float[] Deviation) MeanAndDeviation()
        {
            double count = (double)_samples * shape.Length / shape.Channels;
            var mean = new float[shape.Channels];
            var deviation = new float[shape.Channels];
            for (int c = 0; c < mean.Length; c++)
            {
                double average = _sums[c] / count;
                double variance = Math.Max(0, _squares[c] / count - average * average);
                mean[c] = (float)average;
                // What is left of a constant channel is rounding.
                bool varies = variance > 1e-12 * average * average;
                deviation[c] = varies ? (float)Math.Sqrt(variance) : 1;
                IsConstant &= !varies;
            }
            return (mean, deviation);
        }
    }
}
