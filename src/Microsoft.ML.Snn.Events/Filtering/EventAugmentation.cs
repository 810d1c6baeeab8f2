namespace Microsoft.ML.Snn;

/// <summary>Random changes to the single events of a recording, for training: none of them belongs into a model.</summary>
/// <remarks>
/// <c>ml.Data.AugmentEvents</c> applies them to the rows of a view. They act before a recording is cut into slices, to the microsecond, but
/// are the same each time a row is read. The trainer's <c>ImageAugmentation</c> draws anew every epoch, on frames; shifts and flips are its
/// alone, since they are the same on frames.
/// <code>
/// var augmentation = new EventAugmentation { TimeJitter = TimeSpan.FromMilliseconds(1), SpatialJitter = 0.5, EventDrop = 0.2 };
/// EventRecording changed = augmentation.Apply(EventRecording.Load("recording.aedat"), seed: 1);
/// </code>
/// </remarks>
public sealed record EventAugmentation
{
    /// <summary>
    /// Standard deviation of a normal random number, rounded to microseconds, by which each event is moved in time; 0 or more. The events
    /// are then put in order again. 0 (default) for none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan TimeJitter
    {
        get;
        init => field = value >= TimeSpan.Zero
            ? value : throw new ArgumentOutOfRangeException(nameof(TimeJitter), value, "The standard deviation must be 0 or more.");
    }

    /// <summary>
    /// Standard deviation, in pixels, of a normal random number by which each event is moved along each axis, rounded to whole pixels; 0 or
    /// more. Events before the first row or column are lost, and those that leave the sensor are left out with its frames. 0 (default) for
    /// none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, infinite or NaN.</exception>
    public double SpatialJitter
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(
            nameof(SpatialJitter), value, "The standard deviation must be finite and 0 or more.");
    }

    /// <summary>
    /// Largest share of the events of a recording that is dropped, 0 to below 1: each recording draws its share uniformly from 0 to this,
    /// then loses each of its events with that probability (EventDrop, Gu, Sng, Hu and Yu, 2021). 0 (default) for none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, or NaN.</exception>
    public double EventDrop
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(
            nameof(EventDrop), value, "The share of dropped events must be from 0 to below 1.");
    }

    /// <summary>
    /// Changes a recording. The result depends on the seed and on the events, and on nothing else: equal recordings are changed alike.
    /// </summary>
    /// <param name="recording">The recording; it does not change.</param>
    /// <param name="seed">Any number.</param>
    /// <returns>A new recording.</returns>
    public EventRecording Apply(EventRecording recording, int seed)
    {
        ArgumentNullException.ThrowIfNull(recording);
        ReadOnlySpan<PolarityEvent> events = recording.Events.Span;
        var random = new Random(Hash(events, seed));
        double share = EventDrop > 0 ? random.NextDouble() * EventDrop : 0;
        List<PolarityEvent> kept = new(events.Length);
        foreach (ref readonly PolarityEvent e in events)
        {
            if (share > 0 && random.NextDouble() < share)
                continue;
            double x = e.X, y = e.Y;
            if (SpatialJitter > 0)
            {
                x += Math.Round(SpatialJitter * Normal(random));
                y += Math.Round(SpatialJitter * Normal(random));
            }
            long time = TimeJitter > TimeSpan.Zero
                ? Add(e.TimeMicroseconds, Math.Round(TimeJitter.TotalMicroseconds * Normal(random))) : e.TimeMicroseconds;
            if (x is >= 0 and <= ushort.MaxValue && y is >= 0 and <= ushort.MaxValue)
                kept.Add(new(time, (ushort)x, (ushort)y, e.IsOn));
        }
        // Events at one time stay in their order.
        return new(TimeJitter > TimeSpan.Zero ? [.. kept.OrderBy(e => e.TimeMicroseconds)] : kept.ToArray());
    }

    // Times come from files: no sum may wrap around.
    private static long Add(long time, double jitter) => (long)Int128.Clamp((Int128)time + (long)jitter, long.MinValue, long.MaxValue);

    // Not HashCode, which differs from process to process.
    private static int Hash(ReadOnlySpan<PolarityEvent> events, int seed)
    {
        const ulong Factor = 0x9E3779B97F4A7C15;
        ulong hash = (uint)seed * Factor;
        foreach (ref readonly PolarityEvent e in events)
        {
            hash = (hash ^ (ulong)e.TimeMicroseconds) * Factor;
            hash = (hash ^ hash >> 32 ^ ((ulong)e.X << 17 | (ulong)e.Y << 1 | (e.IsOn ? 1u : 0))) * Factor;
        }
        return (int)(hash >> 32 ^ hash >> 11);
    }

    // Box and Muller, 1958. One minus the number: its logarithm must be finite.
    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
