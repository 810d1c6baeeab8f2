namespace Microsoft.ML.Snn.Training.Data;

/// <summary>The samples of one epoch, one after the other, in the order in which they are to be used.</summary>
internal abstract class ExampleStream : IDisposable
{
    /// <summary>Copies the next sample's raw values; false at the end.</summary>
    public abstract bool Next(Span<float> features, out ExampleTarget target);

    public virtual void Dispose()
    {
    }

    /// <summary>
    /// A shuffled epoch: a permutation of all samples where they are in memory; otherwise a pass through a bounded pool, over rows that
    /// come in a random order where the view can shuffle (many that can mix neighbors only, so the pool is there for them too).
    /// </summary>
    public static ExampleStream Shuffled(ExampleSet set, ExampleStore? store, int poolSize, Random random) =>
        store is not null
            ? new Stored(store, Permutation(store.Count, random))
            : new Pooled(set.Read(set.Data.Data.CanShuffle ? random : null), set.Shape.Length, poolSize, random);

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

        public override void Dispose() => cursor.Dispose();
    }

    /// <summary>Fills a pool with rows, then gives a random one for each that comes in.</summary>
    private sealed class Pooled(ExampleCursor cursor, int sampleLength, int poolSize, Random random) : ExampleStream
    {
        private readonly ExampleStore _pool = new(sampleLength);

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
