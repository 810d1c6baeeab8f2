using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn.Tests.Training;

public class BatchSourceTests
{
    private readonly MLContext _context = new(seed: 1);

    private sealed class Numbered
    {
        [VectorType(1, 1, 1)]
        public float[] Features { get; set; } = [];

        [KeyType(4)]
        public uint Label { get; set; }
    }

    /// <summary>Row i holds the value i; labels in order (a user's key counts from 0): 0, 0, ..., 1, 1, ...</summary>
    private IDataView View(int rows, bool canShuffle)
    {
        Numbered[] numbered = [.. Enumerable.Range(0, rows).Select(i => new Numbered { Features = [i], Label = (uint)(i * 4 / rows) })];
        IDataView view = _context.Data.LoadFromEnumerable(numbered);
        return canShuffle ? _context.Data.Cache(view) : view;
    }

    private static ExampleSet Set(IDataView view) =>
        new(new RoleMappedData(view, "Label", "Features"), new SampleShape(null, 1, 1, 1));

    private BatchSource Source(ExampleSet set, int batchSize, bool cached, int? seed = 5, int poolBytes = 64)
    {
        using IChannel channel = ((IHostEnvironment)_context).Start("test");
        ExampleSurvey survey = ExampleSurvey.Of(set, 4, cached ? 1 << 20 : 0, channel, "training", () => { });
        var preparation = new SamplePreparation(set.Shape, null, null);
        return new BatchSource(set, survey, preparation, batchSize, poolBytes, seed is { } value ? new SeedSequence(value) : null);
    }

    private static List<float[]> Epoch(BatchSource source, int epoch = 0)
    {
        var batches = new List<float[]>();
        using BatchQueue queue = source.StartEpoch(epoch, CancellationToken.None);
        while (queue.TryTake(out Batch batch))
        {
            batches.Add([.. batch.Features]);
            queue.Return(batch);
        }
        return batches;
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Every_epoch_gives_each_row_once_in_another_order_and_the_same_seed_the_same_order(bool cached, bool canShuffle)
    {
        ExampleSet set = Set(View(101, canShuffle));
        BatchSource source = Source(set, 8, cached);
        List<float[]> first = Epoch(source, 0), second = Epoch(source, 1), again = Epoch(Source(set, 8, cached), 0);
        float[] all = [.. Enumerable.Range(0, 101).Select(i => (float)i)];
        Assert.Equal(all, first.SelectMany(batch => batch).Order());
        Assert.Equal(all, second.SelectMany(batch => batch).Order());
        Assert.Equal(first, again);
        Assert.NotEqual(first.SelectMany(batch => batch), second.SelectMany(batch => batch));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Where_it_is_possible_the_shuffle_is_over_all_rows(bool cached, bool canShuffle)
    {
        // In a full permutation the mean distance of a row from its place is about a third of the rows.
        float[] order = [.. Epoch(Source(Set(View(900, canShuffle)), 32, cached)).SelectMany(batch => batch)];
        double distance = order.Select((value, place) => Math.Abs(value - place)).Average();
        Assert.InRange(distance, 240, 360);
    }

    [Theory]
    [InlineData(32, 1, new[] { 32 })]
    [InlineData(33, 32, new[] { 17, 16 })]
    [InlineData(10, 4, new[] { 4, 3, 3 })]
    [InlineData(1, 32, new[] { 1 })]
    [InlineData(5, 100, new[] { 5 })]
    public void Batches_of_an_epoch_differ_by_one_sample_at_the_most(int rows, int batchSize, int[] expected)
    {
        if (batchSize == 1)
            expected = [.. Enumerable.Repeat(1, rows)];
        Assert.Equal(expected, Epoch(Source(Set(View(rows, true)), batchSize, cached: true)).Select(batch => batch.Length));
    }

    [Fact]
    public void Without_a_seed_rows_keep_their_order() =>
        Assert.Equal(
            Enumerable.Range(0, 50).Select(i => (float)i),
            Epoch(Source(Set(View(50, true)), 8, cached: false, seed: null)).SelectMany(batch => batch));

    [Fact]
    public void A_validation_fraction_depends_on_content_and_not_on_position()
    {
        ExampleSet training = Set(View(1000, true)) with { Part = ExamplePart.Training, ValidationFraction = 0.2, SplitSeed = 3 };
        float[] kept = Values(training), validation = Values(training with { Part = ExamplePart.Validation });
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => (float)i), kept.Concat(validation).Order());
        Assert.InRange(validation.Length, 150, 250);
        // No class, and so no part of the ordered rows, goes without.
        Assert.All(Enumerable.Range(0, 4), quarter => Assert.InRange(validation.Count(value => (int)value / 250 == quarter), 25, 75));

        IDataView reversed = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 1000).Reverse()
            .Select(i => new Numbered { Features = [i], Label = (uint)(i * 4 / 1000) }));
        Assert.Equal(kept, Values(Set(reversed) with { Part = ExamplePart.Training, ValidationFraction = 0.2, SplitSeed = 3 }).Order());

        static float[] Values(ExampleSet set)
        {
            var values = new List<float>();
            using ExampleCursor cursor = set.Read(null);
            while (cursor.MoveNext())
                values.Add(cursor.Features[0]);
            return [.. values];
        }
    }

    [Fact]
    public void An_exception_while_reading_reaches_the_reader_of_the_batches()
    {
        int reads = 0;
        IEnumerable<Numbered> Rows()
        {
            bool fails = ++reads > 1;
            for (int i = 0; i < 20; i++)
            {
                if (fails && i == 10)
                    throw new IOException("the disk is gone");
                yield return new Numbered { Features = [i], Label = 1 };
            }
        }
        BatchSource source = Source(Set(_context.Data.LoadFromEnumerable(Rows())), 4, cached: false);
        Assert.Contains("the disk is gone", Assert.ThrowsAny<Exception>(() => Epoch(source)).ToString());
    }

    [Fact]
    public void Batches_are_made_ahead_of_the_one_that_is_taken_but_not_without_bound()
    {
        int made = 0;
        using var queue = new BatchQueue(
            add =>
            {
                for (int i = 0; i < 100; i++)
                {
                    add(new Batch(1, 1));
                    Interlocked.Increment(ref made);
                }
            },
            _ => { },
            CancellationToken.None);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref made) >= 3, TimeSpan.FromMinutes(1)), "batches are made before one is asked for");
        Assert.True(queue.TryTake(out _));
        Assert.InRange(Volatile.Read(ref made), 3, 5);
    }

    [Fact]
    public void Leaving_an_epoch_early_stops_its_thread()
    {
        BatchSource source = Source(Set(View(10_000, true)), 2, cached: true);
        using (BatchQueue queue = source.StartEpoch(0, CancellationToken.None))
            Assert.True(queue.TryTake(out _));
        Assert.Equal(10_000, Epoch(source).Sum(batch => batch.Length));
    }
}
