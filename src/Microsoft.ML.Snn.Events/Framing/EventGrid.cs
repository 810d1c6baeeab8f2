namespace Microsoft.ML.Snn.Events.Framing;

/// <summary>Adds events to frames [C, H, W]: where on the frame a sensor's pixel lies, and what an event does there.</summary>
/// <param name="sensorRows">The frame's row of each row of the sensor.</param>
/// <param name="sensorColumns">The frame's column of each column of the sensor.</param>
/// <param name="width">Width of a frame.</param>
/// <param name="onOffset">Where the ON events' channel begins in a frame.</param>
/// <param name="isBinary">Whether a pixel tells that there were events, not how many.</param>
internal sealed class EventGrid(int[] sensorRows, int[] sensorColumns, int width, int onOffset, bool isBinary)
{
    private readonly int[] _columns = sensorColumns;
    private readonly int[] _rows = [.. sensorRows.Select(row => row * width)];

    public bool Contains(in PolarityEvent e) => e.X < _columns.Length && e.Y < _rows.Length;

    /// <summary>The element of a frame for an event inside the sensor.</summary>
    public int Element(in PolarityEvent e) => _rows[e.Y] + _columns[e.X] + (e.IsOn ? onOffset : 0);

    /// <summary>
    /// Adds events to a slice's frame, or to the time surface where there is one, until the slice has <paramref name="limit"/> more or one
    /// comes after the time <paramref name="last"/>. Events outside the sensor are skipped.
    /// </summary>
    /// <param name="added">The number of events that went into the slice.</param>
    /// <returns>The number of events used up: where the slice is not full, all.</returns>
    public int Add(ReadOnlySpan<PolarityEvent> events, long last, long limit, Span<float> frame, TimeSurface? surface, out int added)
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
            int element = rows[y] + columns[x] + (e.IsOn ? onOffset : 0);
            if (surface is null)
                frame[element] = isBinary ? 1 : frame[element] + 1;
            else
                surface.Add(element, e.TimeMicroseconds);
            added++;
        }
        return i;
    }

    /// <summary>The frame's row or column of each row or column of the sensor.</summary>
    public static int[] Scale(int sensorSide, int side) =>
        [.. Enumerable.Range(0, sensorSide).Select(i => (int)((long)i * side / sensorSide))];
}
