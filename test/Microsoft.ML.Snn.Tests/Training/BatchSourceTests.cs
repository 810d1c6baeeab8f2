using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Training.Data;

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
        new(new RoleMappedData(view, "Label", "Features"), new SampleShape(null, 1, 1, 1), "the training set");

    private BatchSource Source(ExampleSet set, int batchSize, bool cached, int? seed = 5, int poolBytes = 64, bool mixes = false)
    {
        using IChannel channel = ((IHostEnvironment)_context).Start("test");
        ExampleSurvey survey = ExampleSurvey.Of(set, 4, cached ? 1 << 20 : 0, channel, () => { });
        var preparation = new SamplePreparation(set.Shape, null, null);
        SampleMixing? mixing = mixes ? new(set.Shape, new() { MixupAlpha = 1 }) : null;
        return new BatchSource(set, survey, preparation, batchSize, poolBytes, seed is { } value ? new SeedSequence(value) : null, mixing);
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
    public void In_memory_or_from_a_view_that_can_shuffle_well_the_order_is_over_all_rows(bool cached, bool canShuffle)
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
        var e = Assert.Throws<InvalidOperationException>(() => Epoch(source));
        Assert.Equal("Reading the training set failed after 10 rows: the disk is gone", e.Message);
    }

    [Fact]
    public void Batches_are_made_ahead_of_the_one_that_is_taken_but_not_without_bound()
    {
        int made = 0;
        using var queue = new BatchQueue(
            (add, _) =>
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
        Thread? producer = null;
        var queue = new BatchQueue(
            (add, stop) =>
            {
                producer = Thread.CurrentThread;
                while (true)
                    add(new Batch(1, 1));
            },
            _ => { },
            CancellationToken.None);
        Assert.True(queue.TryTake(out _));
        queue.Dispose();
        Assert.False(producer!.IsAlive);
    }

    [Fact]
    public void A_view_that_shuffles_neighbors_only_is_mixed_further()
    {
        // ShuffleRows over a pool of 20 rows says that it can shuffle, but keeps classes together.
        IDataView view = _context.Data.ShuffleRows(View(1000, false), seed: 1, shufflePoolSize: 20, shuffleSource: false);
        List<float[]> batches = Epoch(Source(Set(view), 20, cached: false, poolBytes: 4 * 500));
        int oneClass = batches.Count(batch => batch.Select(value => (int)value / 250).Distinct().Count() == 1);
        Assert.InRange(oneClass, 0, batches.Count / 2);
    }

    [Theory]
    [InlineData(19, "fewer")]
    [InlineData(21, "more")]
    public void A_view_that_changes_between_passes_is_refused(int laterRows, string how)
    {
        int reads = 0;
        IEnumerable<Numbered> Rows()
        {
            int rows = reads++ == 0 ? 20 : laterRows;
            return Enumerable.Range(0, rows).Select(i => new Numbered { Features = [i], Label = 1 });
        }
        IEnumerable<Numbered> Again()
        {
            foreach (Numbered row in Rows())
                yield return row;
        }
        BatchSource source = Source(Set(_context.Data.LoadFromEnumerable(Again())), 4, cached: false);
        Assert.Contains($"{how} than the 20 rows", Assert.Throws<InvalidOperationException>(() => Epoch(source)).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Mixing_leaves_the_order_alone_and_is_drawn_anew_for_each_epoch_from_the_seed(bool cached)
    {
        ExampleSet set = Set(View(64, canShuffle: true));
        BatchSource plain = Source(set, 8, cached);
        (List<float[]> first, List<float[]> shares) = Mixed(Source(set, 8, cached, mixes: true), 0);
        (List<float[]> again, List<float[]> sharesAgain) = Mixed(Source(set, 8, cached, mixes: true), 0);
        (List<float[]> second, List<float[]> otherShares) = Mixed(Source(set, 8, cached, mixes: true), 1);
        Assert.Equal(first, again);
        Assert.Equal(shares, sharesAgain);
        Assert.NotEqual(first, second);
        Assert.NotEqual(shares, otherShares);
        // Each value is between those of two neighbors of the same batch as it is without.
        foreach ((float[] mixed, float[] values) in first.Zip(Epoch(plain)))
        {
            for (int i = 0; i < mixed.Length; i++)
            {
                (float own, float next) = (values[i], values[(i + 1) % values.Length]);
                Assert.InRange(mixed[i], Math.Min(own, next) - 1e-3f, Math.Max(own, next) + 1e-3f);
            }
        }

        static (List<float[]> Features, List<float[]> Shares) Mixed(BatchSource source, int epoch)
        {
            (List<float[]> features, List<float[]> shares) = ([], []);
            using BatchQueue queue = source.StartEpoch(epoch, CancellationToken.None);
            while (queue.TryTake(out Batch batch))
            {
                features.Add([.. batch.Features]);
                shares.Add([.. batch.Mix!.Shares]);
                queue.Return(batch);
            }
            return (features, shares);
        }
    }

    [Fact]
    public void A_batch_may_be_larger_than_any_pool() =>
        Assert.Single(Epoch(Source(Set(View(50, false)), 100_000, cached: false)));

    [Fact]
    public void Cancellation_carries_the_users_own_token()
    {
        using var user = new CancellationTokenSource();
        using BatchQueue queue = Source(Set(View(1000, true)), 2, cached: true).StartEpoch(0, user.Token);
        Assert.True(queue.TryTake(out _));
        user.Cancel();
        var e = Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            while (queue.TryTake(out _))
            {
            }
        });
        Assert.Equal(user.Token, e.CancellationToken);
    }
}
