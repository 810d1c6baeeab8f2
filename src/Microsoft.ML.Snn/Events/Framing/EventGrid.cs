namespace Microsoft.ML.Snn;

/// <summary>Adds events to frames [C, H, W]: where on the frame a sensor's pixel lies, and what an event does there.</summary>
internal sealed class EventGrid
{
    private readonly int[] _columns;
    private readonly int[] _rows;
    private readonly int _onOffset;
    private readonly bool _isBinary;

    public EventGrid(EventFraming framing)
    {
        _columns = Scale(framing.SensorWidth, framing.Width);
        _rows = [.. Scale(framing.SensorHeight, framing.Height).Select(row => row * framing.Width)];
        _onOffset = framing.MergePolarity ? 0 : framing.Height * framing.Width;
        _isBinary = framing.Accumulation == EventAccumulation.Binary;
    }

    public bool Contains(in PolarityEvent e) => e.X < _columns.Length && e.Y < _rows.Length;

    /// <summary>
    /// Adds events to a slice's frame until it has <paramref name="limit"/> more or one comes after the time <paramref name="last"/>.
    /// Events outside the sensor are skipped.
    /// </summary>
    /// <param name="added">The number of events that went into the frame.</param>
    /// <returns>The number of events used up: where the slice is not full, all.</returns>
    public int Add(ReadOnlySpan<PolarityEvent> events, long last, long limit, Span<float> frame, out int added)
    {
        int[] columns = _columns, rows = _rows;
        added = 0;
        int i = 0;
        for (; i < events.Length && added < limit; i++)
        {
            ref readonly PolarityEvent e = ref events[i];
            int x = e.X, y = e.Y;
            if (x >= columns.Length || y >= rows.Length)
                continue;
            if (e.TimeMicroseconds > last)
                break;
            ref float pixel = ref frame[rows[y] + columns[x] + (e.IsOn ? _onOffset : 0)];
            pixel = _isBinary ? 1 : pixel + 1;
            added++;
        }
        return i;
    }

    private static int[] Scale(int sensorSide, int side) =>
        [.. Enumerable.Range(0, sensorSide).Select(i => (int)((long)i * side / sensorSide))];
}
