using Microsoft.ML.Snn.Events.Formats;

namespace Microsoft.ML.Snn;

/// <summary>
/// Reads the events of an event-camera recording one block after another, through a buffer of fixed size: the memory needed does not
/// depend on the length of the file.
/// </summary>
/// <remarks>
/// The format is recognized by content, not by the file's name, unless an option names it. One reader serves one thread.
/// <code>
/// using EventFileReader reader = EventFileReader.Open("recording.raw");
/// var block = new PolarityEvent[65536];
/// long on = 0;
/// for (int count; (count = reader.Read(block)) > 0;)
/// {
///     foreach (PolarityEvent polarityEvent in block.AsSpan(0, count))
///         on += polarityEvent.IsOn ? 1 : 0;
/// }
/// </code>
/// </remarks>
public sealed class EventFileReader : IDisposable
{
    private readonly EventFileInput _input;
    private readonly EventDecoder? _decoder;
    private readonly EventDamagePolicy _policy;
    private readonly long _maxBackward;
    private readonly long _maxForward;
    private readonly long _maxEvents;
    private long? _lastTime;
    private long _eventsRead;
    private bool _disposed;

    private EventFileReader(EventFileInput input, EventReadOptions options)
    {
        _input = input;
        _policy = options.OnDamage;
        _maxBackward = options.MaxBackwardStep.Ticks / TimeSpan.TicksPerMicrosecond;
        _maxForward = options.MaxForwardStep.Ticks / TimeSpan.TicksPerMicrosecond;
        _maxEvents = options.MaxEvents ?? long.MaxValue;
        try
        {
            if (options.Format is null && !input.Fill(1))
                throw new InvalidDataException("The file is empty.");
            Format = options.Format ?? FormatRecognition.Recognize(input);
            _decoder = CreateDecoder(Format.Value, input, options);
        }
        catch (InvalidDataException e)
        {
            End(new(e.Message, input.Position));
        }
    }

    /// <summary>The format of the recording; null where the file is empty.</summary>
    public EventFileFormat? Format { get; }

    /// <summary>
    /// What is wrong with the recording and where, once <see cref="Read"/> has come to it; null where it has not, or nothing is wrong.
    /// </summary>
    public string? Damage { get; private set; }

    internal string Name => _input.Name;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="options">How to read it; null for the defaults.</param>
    /// <exception cref="InvalidDataException">
    /// The file is empty or its header damaged, and the options do not ask to keep what there is.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// The file's format is not one of <see cref="EventFileFormat"/>, is a variant that cannot be read, or is another than the option
    /// names; or nothing tells the encoding or the camera.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static EventFileReader Open(string path, EventReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        return Open(stream, path, options);
    }

    /// <summary>
    /// Reads a stream, from its present position on; the reader disposes it. Streams that cannot seek will do for all formats but
    /// <see cref="EventFileFormat.NMnist"/> unless an option names it, .npz archives, NumPy tables stored column by column, and HDF5.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <inheritdoc cref="Open(string, EventReadOptions)"/>
    public static EventFileReader FromStream(Stream stream, EventReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Open(stream, "The stream", options);
    }

    /// <summary>Reads the next events.</summary>
    /// <param name="events">Where to put them; as many as fit, or as are left, are written from the start.</param>
    /// <returns>The number of events written: 0 at the end of the recording.</returns>
    /// <exception cref="InvalidDataException">
    /// The recording is damaged here, and the options do not ask to keep the events before; or it has more events than they allow.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The reader was disposed.</exception>
    public int Read(Span<PolarityEvent> events)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_decoder is null || Damage is not null || events.IsEmpty)
            return 0;
        int count = _decoder.Decode(events);
        int inOrder = CountWithoutJump(events[..count]);
        if (inOrder < count)
        {
            long time = events[inOrder].TimeMicroseconds;
            End(new($"event {_eventsRead + inOrder} has the time {time} us after {_lastTime} us; where that is right, raise "
                + (time < _lastTime ? nameof(EventReadOptions.MaxBackwardStep) : nameof(EventReadOptions.MaxForwardStep)), null));
        }
        else if (_decoder.Damage is { } damage)
        {
            End(damage);
        }
        _eventsRead += inOrder;
        if (_eventsRead > _maxEvents)
        {
            throw new InvalidDataException(
                $"{Name}: the recording has more than {_maxEvents} events, the most that the option {nameof(EventReadOptions.MaxEvents)} "
                    + "allows.");
        }
        return inOrder;
    }

    /// <summary>Closes the file or stream.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _decoder?.Dispose();
        _input.Dispose();
    }

    private static EventFileReader Open(Stream stream, string name, EventReadOptions? options)
    {
        var input = new EventFileInput(stream, name, ownsStream: true);
        try
        {
            return new(input, options ?? new());
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    private static EventDecoder CreateDecoder(EventFileFormat format, EventFileInput input, EventReadOptions options) => format switch
    {
        EventFileFormat.Aedat2 => new Aedat2Decoder(input, options.Camera),
        EventFileFormat.Aedat31 => new Aedat31Decoder(input),
        EventFileFormat.Aedat4 => new Aedat4Decoder(input),
        EventFileFormat.NMnist => new NMnistDecoder(input),
        EventFileFormat.Dat => new DatDecoder(input),
        EventFileFormat.Evt2 => new Evt2Decoder(input),
        EventFileFormat.Evt21 => new Evt21Decoder(input),
        EventFileFormat.Evt3 => new Evt3Decoder(input),
        EventFileFormat.Evt4 => new Evt4Decoder(input),
        EventFileFormat.Hdf5 => Hdf5Registration.CreateDecoder(input, options),
        EventFileFormat.Text => new TextDecoder(input, options),
        _ => NumPyDecoder.Create(input, options),
    };

    /// <summary>The number of events before the first whose time is out of range.</summary>
    private int CountWithoutJump(ReadOnlySpan<PolarityEvent> events)
    {
        if (events.IsEmpty)
            return 0;
        long last = _lastTime ?? events[0].TimeMicroseconds;
        ulong range = (ulong)(_maxBackward + _maxForward);
        int i = 0;
        for (; i < events.Length; i++)
        {
            long time = events[i].TimeMicroseconds;
            if ((ulong)(time - last + _maxBackward) > range)
                break;
            last = time;
        }
        _lastTime = last;
        return i;
    }

    private void End(EventDamage damage)
    {
        string place = damage.Position is { } position ? $" at byte {position}" : "";
        Damage = $"{_input.Name}: the {Format?.ToString() ?? "event"} recording is damaged{place}: {damage.What}";
        if (_policy == EventDamagePolicy.Throw)
        {
            throw new InvalidDataException(
                $"{Damage} (To keep the events before the damage, set {nameof(EventReadOptions.OnDamage)} "
                + $"to {nameof(EventDamagePolicy.KeepEvents)}.)");
        }
    }
}
