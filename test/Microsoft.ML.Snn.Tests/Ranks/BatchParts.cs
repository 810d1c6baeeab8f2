using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Tests.Ranks;

/// <summary>What ranks make of the batches of one.</summary>
public class BatchParts
{
    private static int _reads;

    private sealed class Numbered
    {
        private readonly float[] _features = new float[3 * 4 * 4];

        public Numbered(int number)
        {
            for (int i = 0; i < _features.Length; i++)
                _features[i] = number + i / 100f;
        }

        /// <summary>Counts how often it is asked for.</summary>
        [VectorType(3, 4, 4)]
        public float[] Features
        {
            get
            {
                Interlocked.Increment(ref _reads);
                return _features;
            }
        }

        [KeyType(5)]
        public uint Label { get; set; }

        public float Weight { get; set; }
    }

    public static TheoryData<int, bool, bool, bool> Cases()
    {
        var cases = new TheoryData<int, bool, bool, bool>();
        foreach (int ranks in (int[])[2, 3, 5])
        {
            foreach (bool stored in (bool[])[true, false])
            {
                foreach (bool shuffles in (bool[])[true, false])
                {
                    cases.Add(ranks, stored, shuffles, true);
                    cases.Add(ranks, stored, shuffles, false);
                }
            }
        }
        return cases;
    }

    /// <summary>Augmented and mixed too: a rank draws for its samples what one rank draws for them.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void One_after_the_other_they_are_the_batches_of_one_rank(int ranks, bool stored, bool shuffles, bool mixes)
    {
        ExampleSet set = Set(83, shuffles);
        for (int epoch = 0; epoch < 2; epoch++)
        {
            List<Sample[]> whole = Epoch(Source(set, stored, mixes, null), epoch);
            List<Sample[]>[] parts = [.. Enumerable.Range(0, ranks).Select(rank => Epoch(Source(set, stored, mixes, (rank, ranks)), epoch))];
            Assert.Equal(83, whole.Sum(batch => batch.Length));
            for (int b = 0; b < whole.Count; b++)
            {
                Assert.Equal(whole[b], parts.SelectMany(part => part[b]));
                // No rank waits long for another.
                Assert.InRange(parts.Max(part => part[b].Length) - parts.Min(part => part[b].Length), 0, 1);
            }
            BatchSource first = Source(set, stored, mixes, (0, ranks));
            Assert.Equal(whole, Epoch(first, epoch, whole: true));
        }
    }

    [Fact]
    public void A_rank_reads_its_own_rows_alone()
    {
        ExampleSet set = Set(100, shuffles: false);
        BatchSource source = Source(set, stored: false, mixes: false, (1, 4));
        int before = _reads;
        int samples = Epoch(source, 0).Sum(batch => batch.Length);
        Assert.InRange(samples, 20, 30);
        Assert.Equal(samples, _reads - before);
    }

    [Theory]
    [InlineData(-1, "fewer")]
    [InlineData(1, "more")]
    public void A_view_that_changes_between_passes_is_refused_on_each_rank(int change, string how)
    {
        int passes = 0;
        IEnumerable<Numbered> Rows()
        {
            int rows = passes++ == 0 ? 20 : 20 + change;
            for (int i = 0; i < rows; i++)
                yield return Row(i);
        }
        var set = new ExampleSet(
            new RoleMappedData(new MLContext(1).Data.LoadFromEnumerable(Rows()), "Label", "Features"), new SampleShape(null, 3, 4, 4), "the training set");
        BatchSource source = Source(set, stored: false, mixes: false, (1, 2));
        Assert.Contains($"{how} than the 20 rows", Assert.Throws<InvalidOperationException>(() => Epoch(source, 0)).Message);
    }

    private static Numbered Row(int i) => new(i) { Label = (uint)(i * 5 % 7 % 5), Weight = 1 + i % 3 };

    private static ExampleSet Set(int rows, bool shuffles)
    {
        var context = new MLContext(1);
        IDataView view = context.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(Row).ToArray());
        return new(
            new RoleMappedData(shuffles ? context.Data.Cache(view) : view, "Label", "Features", weight: "Weight"), new SampleShape(null, 3, 4, 4),
            "the training set");
    }

    private static BatchSource Source(ExampleSet set, bool stored, bool mixes, (int, int)? rank)
    {
        using IChannel channel = ((IHostEnvironment)new MLContext(1)).Start("test");
        ExampleSurvey survey = ExampleSurvey.Of(set, 5, stored ? 1 << 20 : 0, channel, () => { });
        ImageAugmentation augmentation = new() { CropPadding = 1, HorizontalFlip = true, MixupAlpha = mixes ? 1 : 0, CutMixAlpha = mixes ? 1 : 0 };
        SampleMixing? mixing = mixes ? new(set.Shape, augmentation) : null;
        // A pool of 25 rows where there is one.
        return new(
            set, survey, new SamplePreparation(set.Shape, ([1, 2, 3], [2, 2, 2]), augmentation), 10, 25 * 4 * set.Shape.Length,
            new SeedSequence(5), mixing, rank);
    }

    private static List<Sample[]> Epoch(BatchSource source, int epoch, bool whole = false)
    {
        var batches = new List<Sample[]>();
        using BatchQueue queue = source.StartEpoch(epoch, CancellationToken.None, whole);
        while (queue.TryTake(out Batch batch))
        {
            int length = batch.Features.Length / batch.Count;
            batches.Add([.. Enumerable.Range(0, batch.Count).Select(i => new Sample(
                string.Join(' ', batch.Features.AsSpan(i * length, length).ToArray()), batch.Labels[i], batch.Weights[i],
                batch.Mix?.Labels[i] ?? -1, batch.Mix?.Weights[i] ?? 0, batch.Mix?.Shares[i] ?? 0, batch.Total))]);
            queue.Return(batch);
        }
        return batches;
    }

    private sealed record Sample(string Features, long Label, float Weight, long Other, float OtherWeight, float Share, int Total);
}
