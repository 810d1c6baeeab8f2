namespace Microsoft.ML.Snn.Training.Data;

/// <summary>The samples of one epoch, one after the other, in the order in which they are to be used.</summary>
internal abstract class ExampleStream : IDisposable
{
    /// <summary>Copies the next sample's raw values; false at the end.</summary>
    public abstract bool Next(Span<float> features, out ExampleTarget target);

    /// <summary>Passes over the next sample; false at the end.</summary>
    public abstract bool Skip();

    public virtual void Dispose()
    {
    }

    /// <summary>
    /// A shuffled epoch: a permutation of all samples where they are in memory; otherwise a pass through a bounded pool, over rows that
    /// come in a random order where the view can shuffle (many that can mix neighbors only, so the pool is there for them too).
    /// </summary>
    /// <param name="set">The samples.</param>
    /// <param name="store">All of them; null where they have to be read.</param>
    /// <param name="poolSize">Samples in the pool.</param>
    /// <param name="random">Draws the permutation, or from the pool.</param>
    /// <param name="rows">Shuffles the rows of a view that can.</param>
    /// <param name="part">What of the epoch is going to be asked for, where that is not all of it.</param>
    public static ExampleStream Shuffled(
        ExampleSet set, ExampleStore? store, int poolSize, Random random, Random rows, EpochPart? part = null)
    {
        if (store is not null)
            return new Stored(store, Permutation(store.Count, random));
        Random? shuffle = set.Data.Data.CanShuffle ? rows : null;
        return part is null
            ? new Pooled(set.Read(shuffle), set.Shape.Length, poolSize, random)
            : new PartOfPool(set.Read(shuffle, oneByOne: true), set.Shape.Length, poolSize, random, part);
    }

    /// <summary>An epoch in the order of the rows.</summary>
    public static ExampleStream InOrder(ExampleSet set, ExampleStore? store) =>
        store is not null ? new Stored(store, [.. Enumerable.Range(0, store.Count)]) : new Streamed(set.Read(random: null));

    private static int[] Permutation(int count, Random random)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        random.Shuffle(order);
        return order;
    }

    private sealed class Stored(ExampleStore store, int[] order) : ExampleStream
    {
        private int _next;

        public override bool Next(Span<float> features, out ExampleTarget target)
        {
            target = _next < order.Length ? store.Get(order[_next], features) : default;
            return _next++ < order.Length;
        }

        public override bool Skip() => _next++ < order.Length;
    }

    private sealed class Streamed(ExampleCursor cursor) : ExampleStream
    {
        public override bool Next(Span<float> features, out ExampleTarget target)
        {
            bool found = cursor.MoveNext();
            if (found)
                cursor.Features.CopyTo(features);
            target = found ? cursor.Target : default;
            return found;
        }

        public override bool Skip() => cursor.MoveNext();

        public override void Dispose() => cursor.Dispose();
    }

    /// <summary>Fills a pool with rows, then gives a random one for each that comes in.</summary>
    private sealed class Pooled(ExampleCursor cursor, int sampleLength, int poolSize, Random random) : ExampleStream
    {
        private readonly ExampleStore _pool = new(sampleLength);
        private readonly float[] _skipped = new float[sampleLength];

        public override bool Skip() => Next(_skipped, out _);

        public override bool Next(Span<float> features, out ExampleTarget target)
        {
            while (cursor.MoveNext())
            {
                if (_pool.Count < poolSize)
                {
                    _pool.Add(cursor.Features, cursor.Target);
                    continue;
                }
                target = _pool.Exchange(random.Next(_pool.Count), features, cursor.Features, cursor.Target);
                return true;
            }
            bool found = _pool.Count > 0;
            target = found ? _pool.Take(random.Next(_pool.Count), features) : default;
            return found;
        }

        public override void Dispose() => cursor.Dispose();
    }
}
