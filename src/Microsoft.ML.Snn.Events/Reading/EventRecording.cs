using System.Buffers;

namespace Microsoft.ML.Snn;

/// <summary>
/// A recording of an event camera, in memory: 16 bytes per event. Immutable as long as the memory that it was made from does not change.
/// </summary>
/// <param name="events">The events, in the order of the recording. Not copied.</param>
public sealed class EventRecording(ReadOnlyMemory<PolarityEvent> events)
{
    // Grows with the events that are really there: no size that a file claims is believed.
    private const int FirstCapacity = 1 << 14;

    /// <summary>The events, in the order of the recording: by time, where the camera kept that order.</summary>
    public ReadOnlyMemory<PolarityEvent> Events { get; } = events;

    /// <summary>Number of events.</summary>
    public int Count => Events.Length;

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="options">How to read it; null for the defaults.</param>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, and the options do not ask to keep the events before the damage.
    /// </exception>
    /// <exception cref="NotSupportedException">The file's format is not one of <see cref="EventFileFormat"/>.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static EventRecording Load(string path, EventReadOptions? options = null)
    {
        using EventFileReader reader = EventFileReader.Open(path, options);
        return Read(reader);
    }

    /// <summary>Reads the rest of a recording. <see cref="EventFileReader.Damage"/> tells whether it was damaged.</summary>
    /// <param name="reader">The reader; it is not disposed.</param>
    /// <exception cref="InvalidDataException">The recording is damaged, or has more events than the options allow or an array can hold.</exception>
    public static EventRecording Read(EventFileReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        PolarityEvent[] events = ArrayPool<PolarityEvent>.Shared.Rent(FirstCapacity);
        try
        {
            int count = 0;
            for (int read; (read = reader.Read(events.AsSpan(count))) > 0;)
            {
                count += read;
                if (count == events.Length)
                    Grow(ref events, reader.Name);
            }
            return new(events.AsSpan(0, count).ToArray());
        }
        finally
        {
            ArrayPool<PolarityEvent>.Shared.Return(events);
        }
    }

    /// <summary>
    /// The part of the recording from the first event at or after the start up to, not including, the first one after that at or after the
    /// end. The events are shared, not copied.
    /// </summary>
    /// <param name="startMicroseconds">Time stamp in microseconds, of the camera's clock.</param>
    /// <param name="endMicroseconds">Time stamp in microseconds, of the camera's clock.</param>
    public EventRecording Between(long startMicroseconds, long endMicroseconds)
    {
        ReadOnlySpan<PolarityEvent> events = Events.Span;
        int first = 0;
        while (first < events.Length && events[first].TimeMicroseconds < startMicroseconds)
            first++;
        int last = first;
        while (last < events.Length && events[last].TimeMicroseconds < endMicroseconds)
            last++;
        return new(Events[first..last]);
    }

    private static void Grow(ref PolarityEvent[] events, string name)
    {
        if (events.Length == Array.MaxLength)
        {
            throw new InvalidDataException(
                $"{name}: more than {events.Length} events do not fit into one recording. Read it in parts, by {nameof(EventFileReader)}.");
        }
        PolarityEvent[] larger = ArrayPool<PolarityEvent>.Shared.Rent((int)Math.Min(2L * events.Length, Array.MaxLength));
        events.CopyTo(larger, 0);
        ArrayPool<PolarityEvent>.Shared.Return(events);
        events = larger;
    }
}
