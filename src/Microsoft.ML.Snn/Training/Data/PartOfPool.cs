namespace Microsoft.ML.Snn.Training.Data;

/// <summary>
/// The same epoch as a pass through a pool gives, for one who needs a part of it: what enters and leaves the pool is drawn beforehand, so
/// that of other samples no more than the label is read, and none of them is kept.
/// </summary>
internal sealed class PartOfPool : ExampleStream
{
    private readonly ExampleCursor _cursor;
    private readonly ExampleStore _kept;
    private readonly List<int> _keptRows = [];
    private readonly Dictionary<int, int> _places = [];
    private readonly int[] _order;
    private readonly bool[] _isNeeded;
    private int _position, _read;

    /// <param name="cursor">Reads the rows; taken over.</param>
    /// <param name="sampleLength">Values of a sample.</param>
    /// <param name="poolSize">Samples in the pool.</param>
    /// <param name="random">Draws from it.</param>
    /// <param name="part">What is needed.</param>
    public PartOfPool(ExampleCursor cursor, int sampleLength, int poolSize, Random random, EpochPart part)
    {
        (_cursor, _kept) = (cursor, new ExampleStore(sampleLength));
        _order = Order(checked((int)part.Samples), poolSize, random);
        _isNeeded = new bool[_order.Length];
        int position = 0;
        foreach (bool isNeeded in part.Needed())
            _isNeeded[_order[position++]] = isNeeded;
    }

    public override bool Next(Span<float> features, out ExampleTarget target)
    {
        target = default;
        // Beyond the last one, a row that is there says so.
        if (_position == _order.Length)
            return ReadUpTo(_order.Length);
        int row = _order[_position++];
        if (!ReadUpTo(row))
            return false;
        target = Take(row, features);
        return true;
    }

    public override bool Skip() => _position++ < _order.Length;

    public override void Dispose() => _cursor.Dispose();

    /// <summary>The rows' numbers in the order in which a pool gives them.</summary>
    private static int[] Order(int count, int poolSize, Random random)
    {
        var order = new int[count];
        var pool = new List<int>(Math.Min(count, poolSize));
        int position = 0;
        for (int row = 0; row < count; row++)
        {
            if (pool.Count < poolSize)
            {
                pool.Add(row);
                continue;
            }
            int index = random.Next(pool.Count);
            (order[position++], pool[index]) = (pool[index], row);
        }
        for (; position < count; position++)
        {
            int index = random.Next(pool.Count);
            (order[position], pool[index]) = (pool[index], pool[^1]);
            pool.RemoveAt(pool.Count - 1);
        }
        return order;
    }

    /// <summary>Reads on until a row is there; false where the rows end before it.</summary>
    private bool ReadUpTo(int row)
    {
        for (; _read <= row; _read++)
        {
            bool isNeeded = _read < _isNeeded.Length && _isNeeded[_read];
            if (!_cursor.MoveNext(isNeeded))
                return false;
            if (!isNeeded)
                continue;
            _places[_read] = _kept.Count;
            _keptRows.Add(_read);
            _kept.Add(_cursor.Features, _cursor.Target);
        }
        return true;
    }

    private ExampleTarget Take(int row, Span<float> features)
    {
        _places.Remove(row, out int place);
        int last = _keptRows[^1];
        _keptRows.RemoveAt(_keptRows.Count - 1);
        if (last != row)
            (_keptRows[place], _places[last]) = (last, place);
        return _kept.Take(place, features);
    }
}
