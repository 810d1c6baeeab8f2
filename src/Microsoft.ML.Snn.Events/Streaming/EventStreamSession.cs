using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Events.Filtering;
using Microsoft.ML.Snn.Events.Framing;
using Microsoft.ML.Snn.Events.Streaming;

namespace Microsoft.ML.Snn;

/// <summary>
/// Scores the events of one live stream as they arrive: each slice of them is one more time step of the network, whose membrane
/// potentials are carried from slice to slice until <see cref="Reset"/>.
/// </summary>
/// <remarks>
/// One session serves one stream, from one thread at a time; any number of sessions may share a network. As many slices as the network has
/// time steps T, since the last reset, give exactly the frames that <see cref="EventFraming.Accumulate(EventRecording)"/> makes of a
/// recording that was filtered and cut alike, and so the scores of the whole model. With more slices the mean continues.
/// <para>
/// For a model of ML.NET, <c>CreateEventStreamSession</c> makes a session with the model's own framing. Without ML.NET:
/// </para>
/// <code>
/// SpikingNetwork network = SpikingNetwork.Load("model.zip");
/// var framing = new EventFraming(new()
/// {
///     Height = network.InputShape[2],
///     Width = network.InputShape[3],
///     TimeSteps = network.TimeSteps,
///     Slicing = EventSlicing.FixedCount(500),
/// });
/// var session = new EventStreamSession(network, framing);
/// foreach (PolarityEvent[] packet in EventRecording.Load("recording.raw").Events.ToArray().Chunk(1000))
/// {
///     ReadOnlyMemory&lt;PolarityEvent> events = packet;
///     while (session.Push(events.Span, out int consumed))
///     {
///         Console.WriteLine($"slice {session.SliceCount}: {session.Scores[0]:P1}");
///         events = events[consumed..];
///     }
/// }
/// </code>
/// </remarks>
public sealed partial class EventStreamSession
{
    private readonly EventFraming _framing;
    private readonly StreamRun _run;
    private readonly WorkerTeam _team;
    private readonly float[] _frame;
    private readonly float[] _scores;
    private readonly SliceMean _mean;
    private readonly int? _window;
    private readonly FilterChain? _filters;
    private readonly TimeSurface? _surface;
    // An event that the filters kept and no slice took: no filter must see it twice.
    private readonly PolarityEvent[] _pending = new PolarityEvent[1];
    private bool _hasPending;
    private long? _firstTime;
    private bool _hasStarted;
    private long _eventsInSlice;
    // Slices since the first event: only then do their times begin.
    private long _slice;

    /// <summary>Makes a session.</summary>
    /// <param name="network">The network. It takes frames [T, C, H, W].</param>
    /// <param name="framing">How events become frames [C, H, W], and, unless the options say otherwise, where a slice ends.</param>
    /// <param name="options">How to cut the stream; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// The network takes no such frames; or the framing's accumulation, or its slicing or filters where the options name no others, needs
    /// the whole recording.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <see cref="EventStreamOptions.WindowSlices"/> times the number of classes is more than an array holds.
    /// </exception>
    public EventStreamSession(SpikingNetwork network, EventFraming framing, EventStreamOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(framing);
        int[] frame = [.. framing.Shape.Skip(1)], input = [.. network.InputShape];
        if (input.Length != 4 || !frame.SequenceEqual(input[1..]))
        {
            throw new ArgumentException(
                $"The network takes [{string.Join(", ", input)}], not frames of [{string.Join(", ", frame)}], one per time step.",
                nameof(network));
        }
        _framing = OfStream(framing, options);
        _filters = _framing.CreateFilters();
        _surface = _framing.CreateSurface();
        _run = network.CreateStream(network.Threads);
        _team = new(network.Threads);
        _frame = new float[_framing.FrameLength];
        _scores = new float[network.ClassCount];
        _mean = new(network.ClassCount, options?.WindowSlices);
        _window = options?.WindowSlices;
        Network = network;
        SpikingLayers = [.. _run.Layers
            .Where(layer => layer.Threshold is not null)
            .Select(layer => layer.Shape)];
        Reset();
    }

    /// <summary>The network, on whose <see cref="SpikingNetwork.Threads"/> the session runs.</summary>
    public SpikingNetwork Network { get; }

    /// <summary>Number of slices scored since the last reset.</summary>
    public long SliceCount { get; private set; }

    /// <summary>Number of events outside the sensor since the last reset. They are left out.</summary>
    public long EventsOutside { get; private set; }

    /// <summary>Whether the last of the given times is over (<see cref="EventSlicing.AtTimes"/>): further events are left out.</summary>
    public bool IsComplete => _framing.Slicing.Kind == EventSlicingKind.AtTimes && _slice == _framing.TimeSteps;

    /// <summary>
    /// The probability of each class after the latest slice: the softmax of the network's output, averaged over the slices since the last
    /// reset or over the window (Eq. 11). Overwritten by the next slice.
    /// </summary>
    /// <exception cref="InvalidOperationException">No slice is scored since the last reset.</exception>
    public ReadOnlySpan<float> Scores => SliceCount > 0
        ? _scores : throw new InvalidOperationException("There are no scores before the first slice: push events until Push returns true.");

    /// <summary>The layers with neurons, in the order of computation: their names and shapes [C, H, W].</summary>
    public IReadOnlyList<SpikingLayerShape> SpikingLayers { get; }

    // Of the slice that has begun.
    private long SliceLast => _framing.SliceLast(_slice, _firstTime!.Value);

    /// <summary>Takes events until they are used up or a slice is complete and scored.</summary>
    /// <param name="events">
    /// In the order of the stream, any number. An event whose time steps back stays in the slice that has begun.
    /// </param>
    /// <param name="consumed">The number of events taken: all of them where no slice was scored.</param>
    /// <returns>
    /// True where a slice was scored: call again with the events from <paramref name="consumed"/> on until false, since they, or a gap
    /// between them, may complete more.
    /// </returns>
    public bool Push(ReadOnlySpan<PolarityEvent> events, out int consumed)
    {
        if (_filters is null)
            return Take(events, out consumed);
        consumed = 0;
        while (true)
        {
            if (TakePending())
                return true;
            if (consumed == events.Length)
                return false;
            _pending[0] = events[consumed++];
            if (_filters.Contains(_pending[0]))
                _hasPending = _filters.Keep(ref _pending[0]);
            else
                EventsOutside++;
        }
    }

    /// <summary>
    /// Advances the time without an event: ends one slice, and scores it, if it lies before <paramref name="timeMicroseconds"/>. All events before
    /// that must have been pushed. Without effect for <see cref="EventSlicing.FixedCount"/>, and before the first event.
    /// </summary>
    /// <param name="timeMicroseconds">Microseconds, of the camera's clock.</param>
    /// <returns>True where a slice was scored: call again until false.</returns>
    public bool AdvanceTo(long timeMicroseconds)
    {
        if (TakePending())
            return true;
        if (!_hasStarted && _firstTime is { } first && timeMicroseconds >= _framing.Start(first))
            _hasStarted = true;
        if (!_hasStarted || IsComplete || timeMicroseconds <= SliceLast)
            return false;
        ScoreSlice();
        return true;
    }

    /// <summary>Ends the slice that has begun, even without events, and scores it: where the stream ends.</summary>
    /// <exception cref="InvalidOperationException">The last of the given times is over.</exception>
    public void EndSlice()
    {
        if (IsComplete)
        {
            throw new InvalidOperationException(
                $"The last of the {_framing.TimeSteps} slices is over; call {nameof(Reset)} to start anew.");
        }
        if (!TakePending())
            ScoreSlice();
    }

    /// <summary>Whether each neuron of a layer fired in the latest slice.</summary>
    /// <param name="layer">The name of one of <see cref="SpikingLayers"/>.</param>
    /// <param name="destination">[C, H, W], row-major: as many elements as the layer has neurons.</param>
    /// <exception cref="ArgumentException">There is no such layer, or the destination has another length.</exception>
    /// <exception cref="InvalidOperationException">No slice is scored since the last reset.</exception>
    public void CopySpikes(string layer, Span<bool> destination) => _run.CopySpikes(IndexOf(layer), destination);

    /// <summary>How many spikes each neuron of a layer sent in the latest slice: 0 or 1, or up to its MaxSpikes.</summary>
    /// <param name="layer">The name of one of <see cref="SpikingLayers"/>.</param>
    /// <param name="destination">[C, H, W], row-major: as many elements as the layer has neurons.</param>
    /// <exception cref="ArgumentException">There is no such layer, or the destination has another length.</exception>
    /// <exception cref="InvalidOperationException">No slice is scored since the last reset.</exception>
    public void CopySpikes(string layer, Span<byte> destination) => _run.CopySpikes(IndexOf(layer), destination);

    /// <summary>Starts over, as with a new stream: membrane potentials are 0, and the next event is the first.</summary>
    public void Reset()
    {
        _run.Begin();
        _mean.Clear();
        _filters?.Reset();
        _surface?.Clear();
        _hasPending = false;
        _frame.AsSpan().Clear();
        _firstTime = null;
        _hasStarted = false;
        _eventsInSlice = 0;
        _slice = 0;
        SliceCount = 0;
        EventsOutside = 0;
    }

    /// <summary>Which layer of the run it is, once there are spikes.</summary>
    private int IndexOf(string layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        int index = 0;
        while (index < _run.Layers.Length && !(_run.Layers[index].Name == layer && _run.Layers[index].Threshold is not null))
            index++;
        if (index == _run.Layers.Length)
        {
            throw new ArgumentException(
                $"There is no layer '{layer}'; the layers are {string.Join(", ", SpikingLayers.Select(shape => shape.Name))}.",
                nameof(layer));
        }
        if (SliceCount == 0)
            throw new InvalidOperationException("There are no spikes before the first slice: push events until Push returns true.");
        return index;
    }

    /// <summary>The framing, cut and filtered as the options say.</summary>
    private static EventFraming OfStream(EventFraming framing, EventStreamOptions? options)
    {
        EventFramingOptions own = framing.Options;
        if (own.Accumulation.NeedsWholeRecording)
        {
            throw new ArgumentException(
                $"{own.Accumulation} accumulation, which the model uses, needs the whole recording, which a stream never has: train the "
                + $"model with {nameof(EventAccumulation.Sum)}, {nameof(EventAccumulation.Binary)} or "
                + $"{nameof(EventAccumulation.TimeSurface)}.", nameof(framing));
        }
        if (options?.Slicing is null && own.Slicing.NeedsWholeRecording)
        {
            throw new ArgumentException(
                $"{own.Slicing} slicing, which the model uses, needs the whole recording, which a stream never has: set the option "
                + $"{nameof(EventStreamOptions.Slicing)} to FixedCount, FixedDuration or AtTimes.", nameof(framing));
        }
        if (options?.Filters is null && own.Filters.FirstOrDefault(filter => filter.NeedsWholeRecording) is { } filter)
        {
            throw new ArgumentException(
                $"The filter {filter}, which the model uses, needs the whole recording, which a stream never has: set the option "
                + $"{nameof(EventStreamOptions.Filters)} to the model's filters with a list of pixels in its place, as "
                + $"{nameof(EventFilter)}.{nameof(EventFilter.FindHotPixels)} finds them in a recording.", nameof(framing));
        }
        EventSlicing slicing = options?.Slicing ?? own.Slicing;
        return options is null ? framing : new(own with
        {
            Slicing = slicing,
            TimeSteps = options.Slicing is null ? own.TimeSteps : Math.Max(1, slicing.Times.Count - 1),
            Filters = options.Filters ?? own.Filters,
        });
    }

    /// <summary>Takes the event that waits, if there is one, or completes the slice before it.</summary>
    /// <returns>Whether a slice was scored.</returns>
    private bool TakePending()
    {
        if (!_hasPending)
            return false;
        bool isScored = Take(_pending, out int taken);
        _hasPending = taken == 0;
        return isScored;
    }

    /// <summary>Push, for events that are filtered already.</summary>
    private bool Take(ReadOnlySpan<PolarityEvent> events, out int consumed)
    {
        consumed = _hasStarted ? 0 : Start(events);
        events = events[consumed..];
        if (!_hasStarted || IsComplete)
        {
            CountOutside(events);
            consumed += events.Length;
            return false;
        }
        long limit = _framing.Slicing.Events ?? long.MaxValue;
        int used = _framing.Grid.Add(events, SliceLast, limit - _eventsInSlice, _frame, _surface, out int added);
        _eventsInSlice += added;
        EventsOutside += used - added;
        consumed += used;
        if (_eventsInSlice < limit && used == events.Length)
            return false;
        ScoreSlice();
        return true;
    }

    /// <summary>Passes over the events before the first slice.</summary>
    /// <returns>Their number.</returns>
    private int Start(ReadOnlySpan<PolarityEvent> events)
    {
        int skipped = 0;
        if (_firstTime is null)
        {
            skipped = Skip(events, long.MinValue);
            if (skipped == events.Length)
                return skipped;
            _firstTime = events[skipped].TimeMicroseconds;
        }
        skipped += Skip(events[skipped..], _framing.Start(_firstTime.Value));
        _hasStarted = skipped < events.Length;
        return skipped;
    }

    private int Skip(ReadOnlySpan<PolarityEvent> events, long start)
    {
        int skipped = _framing.CountUntil(events, start);
        CountOutside(events[..skipped]);
        return skipped;
    }

    private void CountOutside(ReadOnlySpan<PolarityEvent> events)
    {
        foreach (ref readonly PolarityEvent e in events)
            EventsOutside += _framing.Grid.Contains(e) ? 0 : 1;
    }

    private void ScoreSlice()
    {
        _surface?.Write(_firstTime is { } first ? _framing.SliceEnd(_slice, first) : null, _frame);
        _team.Gather();
        try
        {
            _run.Advance(_frame, _team);
        }
        finally
        {
            _team.Release();
        }
        _mean.Add(_run.StepScores);
        Softmax.Apply(_mean.Read(), _scores);
        _frame.AsSpan().Clear();
        _eventsInSlice = 0;
        SliceCount++;
        if (_firstTime is not null)
            _slice++;
    }
}
