using System.Drawing;
using Microsoft.ML.Snn.Events.Filtering;

namespace Microsoft.ML.Snn;

/// <summary>
/// What is done to events before they become frames: noise is taken away, the sensor cropped or mirrored. Filters work one after another,
/// each on what those before it left.
/// </summary>
/// <remarks>
/// Filters are part of <see cref="EventFramingOptions.Filters"/> and so of a trained model: its live streams are filtered as its recordings
/// were. All but <see cref="HotPixelsAbove"/> look at nothing but the events so far, in memory of 8 bytes per pixel at the most.
/// Nothing here is random: random changes for training are <c>ImageAugmentation</c>'s.
/// <code>
/// EventRecording recording = EventRecording.Load("recording.aedat");
/// EventRecording clean = EventFilter.Apply(
///     recording, sensorHeight: 128, sensorWidth: 128,
///     EventFilter.HotPixels(new System.Drawing.Point(17, 4), new System.Drawing.Point(90, 63)),
///     EventFilter.BackgroundActivity(TimeSpan.FromMilliseconds(5)),
///     EventFilter.Crop(left: 32, top: 32, width: 64, height: 64));
/// </code>
/// </remarks>
public sealed class EventFilter
{
    private const int MaxSensorSide = ushort.MaxValue + 1;

    private EventFilter(EventFilterKind kind) => Kind = kind;

    /// <summary>Mirrors the sensor left to right.</summary>
    public static EventFilter FlipHorizontal { get; } = new(EventFilterKind.FlipHorizontal);

    /// <summary>Mirrors the sensor top to bottom.</summary>
    public static EventFilter FlipVertical { get; } = new(EventFilterKind.FlipVertical);

    /// <summary>Which of the filters this is.</summary>
    public EventFilterKind Kind { get; }

    /// <summary>
    /// The window of <see cref="BackgroundActivity"/>, or the period of <see cref="RefractoryPeriod"/>; null for the other kinds.
    /// </summary>
    public TimeSpan? Duration { get; private init; }

    /// <summary>The pixels of <see cref="HotPixels"/>; none for the other kinds.</summary>
    public IReadOnlyList<Point> Pixels { get; private init; } = [];

    /// <summary>The highest rate of <see cref="HotPixelsAbove"/>, events per second; null for the other kinds.</summary>
    public double? MaxEventsPerSecond { get; private init; }

    /// <summary>The rectangle of <see cref="Crop"/>, in pixels; null for the other kinds.</summary>
    public (int Left, int Top, int Width, int Height)? Rectangle { get; private init; }

    /// <summary>Whether the filter must see the whole recording first, so that a live stream cannot be filtered like this.</summary>
    public bool NeedsWholeRecording => Kind == EventFilterKind.HotPixelsAbove;

    /// <summary>
    /// Background activity: keeps an event if any of the eight pixels around its own had an event, of either polarity and kept or not, no
    /// more than a window of time before (Delbruck, "Frame-free dynamic digital vision", 2008). The event's own pixel does not count: noise
    /// of one pixel does not support itself.
    /// </summary>
    /// <param name="window">The window: whole microseconds, at least one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="window"/> is shorter, or no whole number of microseconds.</exception>
    public static EventFilter BackgroundActivity(TimeSpan window)
    {
        CheckMicroseconds(window, nameof(window));
        return new(EventFilterKind.BackgroundActivity) { Duration = window };
    }

    /// <summary>
    /// Refractory period: after an event that is kept, its pixel is silent for a period. The next event, of either polarity, is kept when
    /// the period is over.
    /// </summary>
    /// <param name="period">The period: whole microseconds, at least one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="period"/> is shorter, or no whole number of microseconds.</exception>
    public static EventFilter RefractoryPeriod(TimeSpan period)
    {
        CheckMicroseconds(period, nameof(period));
        return new(EventFilterKind.RefractoryPeriod) { Duration = period };
    }

    /// <summary>Hot pixels: drops all events of given pixels. <see cref="FindHotPixels"/> finds them in a recording.</summary>
    /// <param name="pixels">Columns and rows, each from 0 to 65,535, as the filters before this one leave them.</param>
    /// <exception cref="ArgumentOutOfRangeException">A pixel is outside that range.</exception>
    public static EventFilter HotPixels(params ReadOnlySpan<Point> pixels)
    {
        foreach (Point pixel in pixels)
        {
            if (pixel.X is < 0 or >= MaxSensorSide || pixel.Y is < 0 or >= MaxSensorSide)
                throw new ArgumentOutOfRangeException(nameof(pixels), pixel, "A pixel's column and row must be from 0 to 65,535.");
        }
        return new(EventFilterKind.HotPixels) { Pixels = pixels.ToArray() };
    }

    /// <summary>
    /// Hot pixels, found anew in each recording: drops all events of a pixel that has more per second than given, from the recording's
    /// first event to its latest. Live streams need a list: <see cref="FindHotPixels"/>.
    /// </summary>
    /// <param name="maxEventsPerSecond">Events per second that a pixel may have, finite and above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxEventsPerSecond"/> is outside its range.</exception>
    public static EventFilter HotPixelsAbove(double maxEventsPerSecond)
    {
        CheckRate(maxEventsPerSecond);
        return new(EventFilterKind.HotPixelsAbove) { MaxEventsPerSecond = maxEventsPerSecond };
    }

    /// <summary>
    /// The pixels of a recording that <see cref="HotPixelsAbove"/> would silence, as the list of <see cref="HotPixels"/>.
    /// </summary>
    /// <param name="recording">The recording, best a long one of a scene at rest.</param>
    /// <param name="maxEventsPerSecond">Events per second that a pixel may have, finite and above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxEventsPerSecond"/> is outside its range.</exception>
    public static EventFilter FindHotPixels(EventRecording recording, double maxEventsPerSecond)
    {
        ArgumentNullException.ThrowIfNull(recording);
        CheckRate(maxEventsPerSecond);
        return HotPixels(HotPixelStage.Find(recording.Events.Span, maxEventsPerSecond));
    }

    /// <summary>
    /// Keeps the events of a rectangle of the sensor, whose upper left pixel becomes (0, 0). What comes after, filters and frames, knows a
    /// sensor of the rectangle's size.
    /// </summary>
    /// <param name="left">First column, 0 or more.</param>
    /// <param name="top">First row, 0 or more.</param>
    /// <param name="width">Number of columns, at least 1.</param>
    /// <param name="height">Number of rows, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is outside its range.</exception>
    public static EventFilter Crop(int left, int top, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        return new(EventFilterKind.Crop) { Rectangle = (left, top, width, height) };
    }

    /// <summary>Filters a recording.</summary>
    /// <param name="recording">The recording; it does not change.</param>
    /// <param name="sensorHeight">Height of the sensor in pixels, 1 to 65,536. Events outside are left out.</param>
    /// <param name="sensorWidth">Width of the sensor in pixels, 1 to 65,536. Events outside are left out.</param>
    /// <param name="filters">The filters, in the order in which they are applied.</param>
    /// <returns>A new recording of the events that are left, in their order.</returns>
    /// <exception cref="ArgumentException">
    /// The sensor is outside its range, a filter is null, or a crop reaches beyond the sensor.
    /// </exception>
    public static EventRecording Apply(
        EventRecording recording, int sensorHeight, int sensorWidth, params ReadOnlySpan<EventFilter> filters)
    {
        ArgumentNullException.ThrowIfNull(recording);
        CheckSide(sensorHeight, nameof(sensorHeight));
        CheckSide(sensorWidth, nameof(sensorWidth));
        var chain = new FilterChain(Check(filters.ToArray(), nameof(filters)), new SensorSize(sensorHeight, sensorWidth));
        var events = new PolarityEvent[recording.Count];
        int count = chain.Apply(recording.Events.Span, events, out _);
        return new(events.AsMemory(0, count));
    }

    /// <summary>The kind and what belongs to it, such as <c>RefractoryPeriod(00:00:00.0010000)</c>.</summary>
    public override string ToString() => Kind switch
    {
        EventFilterKind.BackgroundActivity or EventFilterKind.RefractoryPeriod => $"{Kind}({Duration})",
        EventFilterKind.HotPixels => $"{Kind}({string.Join(", ", Pixels)})",
        EventFilterKind.HotPixelsAbove => FormattableString.Invariant($"{Kind}({MaxEventsPerSecond})"),
        EventFilterKind.Crop => $"{Kind}{Rectangle}",
        _ => $"{Kind}",
    };

    /// <summary>The filters, none of which may be null.</summary>
    internal static IReadOnlyList<EventFilter> Check(IReadOnlyList<EventFilter>? filters, string parameter)
    {
        ArgumentNullException.ThrowIfNull(filters, parameter);
        for (int i = 0; i < filters.Count; i++)
        {
            if (filters[i] is null)
                throw new ArgumentException($"The filter at index {i} is null.", parameter);
        }
        return [.. filters];
    }

    private static void CheckMicroseconds(TimeSpan time, string parameter)
    {
        if (time < TimeSpan.FromMicroseconds(1) || time.Ticks % TimeSpan.TicksPerMicrosecond != 0)
            throw new ArgumentOutOfRangeException(parameter, time, "The duration must be a whole number of microseconds, at least one.");
    }

    private static void CheckRate(double maxEventsPerSecond)
    {
        if (!(maxEventsPerSecond > 0 && double.IsFinite(maxEventsPerSecond)))
            throw new ArgumentOutOfRangeException(nameof(maxEventsPerSecond), maxEventsPerSecond, "The rate must be finite and above 0.");
    }

    private static void CheckSide(int side, string parameter)
    {
        if (side is < 1 or > MaxSensorSide)
            throw new ArgumentOutOfRangeException(parameter, side, "The side of a sensor must be from 1 to 65,536 pixels.");
    }
}
