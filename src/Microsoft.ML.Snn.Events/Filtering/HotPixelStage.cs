using System.Drawing;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Snn.Events.Filtering;

/// <summary>Drops the events of some pixels: given ones, or those that fire too often in the recording.</summary>
internal sealed class HotPixelStage(IEnumerable<Point> pixels, double? maxEventsPerSecond) : FilterStage
{
    private HashSet<int> _hot = [.. pixels.Select(pixel => pixel.Y << 16 | pixel.X)];

    public override void Survey(ReadOnlySpan<PolarityEvent> events)
    {
        if (maxEventsPerSecond is { } rate)
            _hot = [.. Find(events, rate).Select(pixel => pixel.Y << 16 | pixel.X)];
    }

    public override bool Keep(ref PolarityEvent e) => !_hot.Contains(e.Y << 16 | e.X);

    /// <summary>The pixels that have more events per second than given, by rows and columns.</summary>
    public static Point[] Find(ReadOnlySpan<PolarityEvent> events, double maxEventsPerSecond)
    {
        if (events.IsEmpty)
            return [];
        // By pixel, not an array of all: a recording does not tell how large its sensor was.
        var counts = new Dictionary<(int Y, int X), int>();
        long first = events[0].TimeMicroseconds, latest = first;
        foreach (ref readonly PolarityEvent e in events)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(counts, (e.Y, e.X), out _)++;
            latest = Math.Max(latest, e.TimeMicroseconds);
        }
        double allowed = maxEventsPerSecond * ((double)latest - first + 1) / 1e6;
        return [.. counts.Where(pixel => pixel.Value > allowed).Select(pixel => pixel.Key).Order().Select(pixel => new Point(pixel.X, pixel.Y))];
    }
}
