namespace Microsoft.ML.Snn;

/// <summary>
/// Scores the events of one live stream as they arrive: each slice of them is one more time step of the network, whose membrane
/// potentials are carried from slice to slice until <see cref="Reset"/>.
/// </summary>
/// <remarks>
/// To create a session, use <see cref="SnnCatalog.CreateEventStreamSession"/>, which has an example. One session serves one stream, from
/// one thread at a time; any number of sessions may share a model.
/// As many slices as the network has time steps T, since the last reset, give exactly the frames that AccumulateEvents makes of a recording
/// that was cut alike, and so the scores of the whole model. With more slices the mean continues.
/// </remarks>
public sealed partial class EventStreamSession
{
    private readonly EventFraming _framing;
    private readonly NetworkRun _run;
    private readonly WorkerTeam _team;
    private readonly float[] _frame;
    private readonly float[] _scores;
    private readonly SliceMean _mean;
    private long? _firstTime;
    private bool _hasStarted;
    private long _eventsInSlice;
    // Slices since the first event: only then do their times begin.
    private long _slice;

    /// <exception cref="ArgumentException">An option is out of range, missing, or set though the slicing has no use for it.</exception>
    internal EventStreamSession(EventFraming framing, SpikingNetwork network, Options options)
    {
        if (options.WindowSlices < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(options.WindowSlices), options.WindowSlices,
                $"The option {nameof(options.WindowSlices)} must be at least 1.");
        }
        _framing = Cut(framing, options);
        _run = network.CreateStream(network.Threads);
        _team = new(network.Threads);
        _frame = new float[_framing.FrameLength];
        _scores = new float[network.ClassCount];
        _mean = new(network.ClassCount, options.WindowSlices);
        Network = network;
        Reset();
    }

    /// <summary>The network, whose <see cref="SpikingNetwork.Threads"/> the session uses.</summary>
    public SpikingNetwork Network { get; }

    /// <summary>Number of slices scored since the last reset.</summary>
    public long SliceCount { get; private set; }

    /// <summary>Number of events outside the sensor since the last reset. They are left out.</summary>
    public long EventsOutside { get; private set; }

    /// <summary>Whether the last of the given times is over (<see cref="EventSlicing.AtTimes"/>): further events are left out.</summary>
    public bool IsComplete => _framing.Slicing == EventSlicing.AtTimes && _slice == _framing.TimeSteps;

    /// <summary>
    /// The probability of each class after the latest slice: the softmax of the network's output, averaged over the slices since the last
    /// reset or over the window (Eq. 11). Overwritten by the next slice.
    /// </summary>
    /// <exception cref="InvalidOperationException">No slice is scored since the last reset.</exception>
    public ReadOnlySpan<float> Scores => SliceCount > 0
        ? _scores : throw new InvalidOperationException("There are no scores before the first slice: push events until Push returns true.");

    /// <summary>The layers with neurons, in the order of computation: their names and shapes [C, H, W].</summary>
    public IReadOnlyList<SpikingLayerShape> SpikingLayers =>
        [.. _run.Layers.Where(layer => layer.Threshold is not null).Select(layer => layer.Shape)];

    // Of the slice that has begun.
    private long SliceLast => _framing.SliceLast(_slice, _firstTime!.Value);

    /// <summary>Takes events until they are used up or a slice is complete and scored.</summary>
    /// <param name="events">
    /// In the order of the stream, any number; left with those that are not yet used. An event whose time steps back stays in the slice
    /// that has begun.
    /// </param>
    /// <returns>
    /// True where a slice was scored: call again until false, since the rest of the events, or a gap between them, may complete more.
    /// </returns>
    public bool Push(ref ReadOnlySpan<PolarityEvent> events)
    {
        if (!_hasStarted)
            Start(ref events);
        if (!_hasStarted || IsComplete)
        {
            CountOutside(events);
            events = default;
            return false;
        }
        long limit = _framing.Slicing == EventSlicing.FixedCount ? _framing.SliceEvents : long.MaxValue;
        int used = _framing.Grid.Add(events, SliceLast, limit - _eventsInSlice, _frame, out int added);
        _eventsInSlice += added;
        EventsOutside += used - added;
        events = events[used..];
        if (_eventsInSlice < limit && events.IsEmpty)
            return false;
        ScoreSlice();
        return true;
    }

    /// <summary>
    /// Advances the time without an event: ends one slice, and scores it, if it lies before <paramref name="time"/>. All events before
    /// that must have been pushed. Without effect for <see cref="EventSlicing.FixedCount"/>, and before the first event.
    /// </summary>
    /// <param name="time">Microseconds, of the camera's clock.</param>
    /// <returns>True where a slice was scored: call again until false.</returns>
    public bool AdvanceTo(long time)
    {
        if (!_hasStarted && _firstTime is { } first && time >= _framing.Start(first))
            _hasStarted = true;
        if (!_hasStarted || IsComplete || time <= SliceLast)
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
        ScoreSlice();
    }

    /// <summary>Whether each neuron of a layer fired in the latest slice.</summary>
    /// <param name="layer">The name of one of <see cref="SpikingLayers"/>.</param>
    /// <returns>[C, H, W], row-major.</returns>
    /// <exception cref="ArgumentException">There is no such layer.</exception>
    /// <exception cref="InvalidOperationException">No slice is scored since the last reset.</exception>
    public bool[] GetSpikes(string layer)
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
        return _run.CopySpikes(index, step: 0);
    }

    /// <summary>Starts over, as with a new stream: membrane potentials are 0, and the next event is the first.</summary>
    public void Reset()
    {
        _run.Begin();
        _mean.Clear();
        _frame.AsSpan().Clear();
        _firstTime = null;
        _hasStarted = false;
        _eventsInSlice = 0;
        _slice = 0;
        SliceCount = 0;
        EventsOutside = 0;
    }

    /// <summary>The model's framing, cut as the options say.</summary>
    private static EventFraming Cut(EventFraming framing, Options options)
    {
        bool isModels = options.Slicing is null;
        EventSlicing slicing = options.Slicing ?? framing.Slicing;
        if (slicing is EventSlicing.EqualCount or EventSlicing.EqualDuration)
        {
            throw new ArgumentException(
                $"{slicing} slicing{(isModels ? ", which the model uses," : "")} needs the whole recording, which a stream never has: set "
                + $"the option {nameof(options.Slicing)} to FixedCount, FixedDuration or AtTimes.", nameof(options.Slicing));
        }
        if (isModels && (options.SliceEvents is not null || options.SliceDuration is not null || options.SliceTimes is not null))
        {
            throw new ArgumentException(
                $"The slices' size is set, but not {nameof(options.Slicing)}: without it they are the model's.", nameof(options.Slicing));
        }
        return isModels ? framing : new(new()
        {
            Height = framing.Height,
            Width = framing.Width,
            SensorHeight = framing.SensorHeight,
            SensorWidth = framing.SensorWidth,
            TimeSteps = options.SliceTimes is { Length: > 2 } times ? times.Length - 1 : 1,
            Slicing = slicing,
            SliceEvents = options.SliceEvents,
            SliceDuration = options.SliceDuration,
            SliceTimes = options.SliceTimes,
            Accumulation = framing.Accumulation,
            MergePolarity = framing.MergePolarity,
        });
    }

    /// <summary>Passes over the events before the first slice.</summary>
    private void Start(ref ReadOnlySpan<PolarityEvent> events)
    {
        if (_firstTime is null)
        {
            Skip(ref events, long.MinValue);
            if (events.IsEmpty)
                return;
            _firstTime = events[0].TimeMicroseconds;
        }
        Skip(ref events, _framing.Start(_firstTime.Value));
        _hasStarted = !events.IsEmpty;
    }

    private void Skip(ref ReadOnlySpan<PolarityEvent> events, long start)
    {
        int skipped = _framing.CountUntil(events, start);
        CountOutside(events[..skipped]);
        events = events[skipped..];
    }

    private void CountOutside(ReadOnlySpan<PolarityEvent> events)
    {
        foreach (ref readonly PolarityEvent e in events)
            EventsOutside += _framing.Grid.Contains(e) ? 0 : 1;
    }

    private void ScoreSlice()
    {
        _team.Gather();
        try
        {
            _run.AdvanceStream(_frame, _team);
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
