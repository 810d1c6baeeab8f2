using System.Globalization;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>Events of numbers that a table holds.</summary>
internal static class EventParts
{
    /// <summary>Makes events, as many as the span has, up to the first whose numbers no event has.</summary>
    /// <returns>The number of events written.</returns>
    public static int Combine(
        ReadOnlySpan<long> times, ReadOnlySpan<long> xs, ReadOnlySpan<long> ys, ReadOnlySpan<long> polarities, Span<PolarityEvent> events)
    {
        for (int i = 0; i < events.Length; i++)
        {
            if (!TryMake(times[i], xs[i], ys[i], polarities[i], out events[i]))
                return i;
        }
        return events.Length;
    }

    public static bool TryMake(long time, long x, long y, long polarity, out PolarityEvent result)
    {
        bool hasPixel = (ulong)x <= ushort.MaxValue && (ulong)y <= ushort.MaxValue;
        bool isEvent = hasPixel && (ulong)(polarity + 1) <= 2 && time is >= -EventDecoder.LatestTime and <= EventDecoder.LatestTime;
        result = isEvent ? new(time, (ushort)x, (ushort)y, polarity > 0) : default;
        return isEvent;
    }

    /// <summary>Why numbers are no event.</summary>
    public static string Describe(long time, long x, long y, long polarity)
    {
        return $"an event has the time {Text(time)}, x {Text(x)}, y {Text(y)} and the polarity {Text(polarity)}. Times must be whole "
            + $"microseconds, or in the unit that the option {nameof(EventReadOptions.TimeUnit)} names, x and y from 0 to 65535, "
            + $"polarities 0 or -1 and 1; the order of a table's columns is told by {nameof(EventReadOptions.Columns)}.";

        static string Text(long value) => value switch
        {
            TableNumber.NotWhole => "not whole, or none (NaN, NaT)",
            TimeScale.Impossible => "beyond all numbers of events",
            _ => value.ToString(CultureInfo.InvariantCulture),
        };
    }
}
