using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>How many microseconds a unit of time is, as a fraction in lowest terms; times become the nearest whole microsecond.</summary>
internal readonly record struct TimeScale
{
    /// <summary>What a time that is beyond <see cref="EventDecoder.LatestTime"/>, or not a number, becomes.</summary>
    public const long Impossible = long.MaxValue;

    private TimeScale(long numerator, long denominator)
    {
        long divisor = (long)BigInteger.GreatestCommonDivisor(numerator, denominator);
        Numerator = numerator / divisor;
        Denominator = denominator / divisor;
    }

    public long Numerator { get; }

    public long Denominator { get; }

    public static TimeScale? Of(EventTimeUnit? unit) => unit switch
    {
        EventTimeUnit.Microseconds => new(1, 1),
        EventTimeUnit.Nanoseconds => new(1, 1000),
        EventTimeUnit.Milliseconds => new(1000, 1),
        EventTimeUnit.Seconds => new(1_000_000, 1),
        _ => null,
    };

    /// <summary>Parses the unit of NumPy's timedelta64 or datetime64, such as <c>us</c> or <c>10ns</c>.</summary>
    /// <returns>Whether it is one of fixed length.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeScale scale)
    {
        int digits = text.IndexOfAnyExceptInRange('0', '9');
        scale = default;
        if (digits < 0)
            return false;
        int count = 1;
        if (digits > 0 && !int.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out count) || count < 1)
            return false;
        const long second = 1_000_000;
        (long numerator, long denominator) = text[digits..] switch
        {
            "W" => (7 * 24 * 3600 * second, 1L),
            "D" => (24 * 3600 * second, 1L),
            "h" => (3600 * second, 1L),
            "m" => (60 * second, 1L),
            "s" => (second, 1L),
            "ms" => (1000L, 1L),
            "us" => (1L, 1L),
            "ns" => (1L, 1000L),
            "ps" => (1L, 1_000_000L),
            "fs" => (1L, 1_000_000_000L),
            "as" => (1L, 1_000_000_000_000L),
            _ => (0L, 1L),
        };
        if (numerator == 0 || numerator > long.MaxValue / count)
            return false;
        scale = new(numerator * count, denominator);
        return true;
    }

    /// <summary>A time in this unit, in microseconds.</summary>
    public long ToMicroseconds(long time)
    {
        if (Numerator == 1 && Denominator == 1)
            return time;
        long most = EventDecoder.LatestTime / Numerator;
        if (time < -most || time > most)
            return Impossible;
        long product = time * Numerator;
        long half = Denominator / 2;
        return (product >= 0 ? product + half : product - half) / Denominator;
    }

    /// <inheritdoc cref="ToMicroseconds(long)"/>
    public long ToMicroseconds(double time)
    {
        double microseconds = Math.Round(time * Numerator / Denominator, MidpointRounding.AwayFromZero);
        return Math.Abs(microseconds) <= EventDecoder.LatestTime ? (long)microseconds : Impossible;
    }
}
