using Microsoft.ML.Snn.Events.Reading;

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

    /// <summary>
    /// Reads a part of a file: <see cref="Between"/> of the whole, but nothing else is kept in memory, and nothing behind the part is read.
    /// </summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="startMicroseconds">Time stamp in microseconds, of the camera's clock.</param>
    /// <param name="endMicroseconds">Time stamp in microseconds, of the camera's clock.</param>
    /// <param name="options">How to read it; null for the defaults.</param>
    /// <exception cref="InvalidDataException">
    /// The file is damaged before the part ends, and the options do not ask to keep the events before the damage.
    /// </exception>
    /// <exception cref="NotSupportedException">The file's format is not one of <see cref="EventFileFormat"/>.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static EventRecording LoadBetween(string path, long startMicroseconds, long endMicroseconds, EventReadOptions? options = null)
    {
        using EventFileReader reader = EventFileReader.Open(path, options);
        return Read(reader, startMicroseconds, endMicroseconds);
    }

    /// <summary>Reads the rest of a recording. <see cref="EventFileReader.Damage"/> tells whether it was damaged.</summary>
    /// <param name="reader">The reader; it is not disposed.</param>
    /// <exception cref="InvalidDataException">
    /// The recording is damaged, or has more events than the options allow or an array can hold.
    /// </exception>
    public static EventRecording Read(EventFileReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return Read(reader, null, null);
    }

    /// <summary>Reads the part of a recording between two times, or what is left of it.</summary>
    internal static EventRecording Read(EventFileReader reader, long? start, long? end)
    {
        PolarityEvent[] events = EventBuffers.Rent(FirstCapacity);
        try
        {
            int count = 0;
            bool hasStarted = start is null;
            for (int read; (read = reader.Read(events.AsSpan(count))) > 0;)
            {
                Span<PolarityEvent> block = events.AsSpan(count, read);
                if (!hasStarted)
                {
                    int before = CountUntil(block, start!.Value);
                    hasStarted = before < read;
                    block[before..].CopyTo(block);
                    block = block[..(read - before)];
                }
                int inside = end is { } limit ? CountUntil(block, limit) : block.Length;
                count += inside;
                if (inside < block.Length)
                    break;
                if (count == events.Length)
                    Grow(ref events, reader.Name);
            }
            return new(events.AsSpan(0, count).ToArray());
        }
        finally
        {
            EventBuffers.Return(events);
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
        int first = CountUntil(events, startMicroseconds);
        int count = CountUntil(events[first..], endMicroseconds);
        return new(Events.Slice(first, count));
    }

    /// <summary>The number of events before the first one at or after a time.</summary>
    private static int CountUntil(ReadOnlySpan<PolarityEvent> events, long time)
    {
        int i = 0;
        while (i < events.Length && events[i].TimeMicroseconds < time)
            i++;
        return i;
    }

    private static void Grow(ref PolarityEvent[] events, string name)
    {
        if (events.Length == Array.MaxLength)
        {
            throw new InvalidDataException(
                $"{name}: more than {events.Length} events do not fit into one recording. Read it in parts, by {nameof(EventFileReader)}.");
        }
        PolarityEvent[] larger = EventBuffers.Rent((int)Math.Min(2L * events.Length, Array.MaxLength));
        events.CopyTo(larger, 0);
        EventBuffers.Return(events);
        events = larger;
    }
}
