using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Events;

public class EventStreamSessionTests(EventModel model) : IClassFixture<EventModel>
{
    private const int TimeSteps = EventModel.TimeSteps;

    [Theory]
    [InlineData(EventSlicingKind.FixedCount)]
    [InlineData(EventSlicingKind.FixedDuration)]
    [InlineData(EventSlicingKind.AtTimes)]
    public void Pushing_a_recording_in_any_chunks_gives_the_scores_of_the_whole(EventSlicingKind slicing)
    {
        ITransformer chain = Reload(model.Cut(slicing));
        float[][] whole = [.. chain.Transform(model.Context.Data.LoadFromEnumerable(model.Rows)).GetColumn<float[]>("Score")];
        Assert.True(whole.Select(scores => scores[0]).Distinct().Count() > whole.Length / 2);
        EventStreamSession session = model.Context.Model.CreateEventStreamSession(chain);
        var random = new Random(5);
        foreach ((EventModel.Row row, float[] expected) in model.Rows.Zip(whole))
        {
            float[] atOnce = Score(session, row.Events!, () => int.MaxValue);
            for (int c = 0; c < expected.Length; c++)
                Assert.Equal(expected[c], atOnce[c], 1e-6);
            Assert.Equal(atOnce, Score(session, row.Events!, () => 1));
            Assert.Equal(atOnce, Score(session, row.Events!, () => random.Next(60)));
        }
    }

    [Fact]
    public void A_network_that_is_applied_streams_like_the_trained_one()
    {
        SpikingNetwork network = model.Context.Model.GetSpikingNetwork(model.Network);
        IDataView data = model.Context.Data.LoadFromEnumerable(model.Rows);
        ITransformer applied = model.Framing(EventSlicingKind.FixedCount)
            .Append(model.Context.Transforms.ApplySpikingNetwork(network, inputColumnName: "Frames")).Fit(data);
        EventStreamSession expected = model.Context.Model.CreateEventStreamSession(model.Cut(EventSlicingKind.FixedCount));
        EventStreamSession actual = model.Context.Model.CreateEventStreamSession(Reload(applied));
        foreach (EventModel.Row row in model.Rows)
            Assert.Equal(Score(expected, row.Events!, () => int.MaxValue), Score(actual, row.Events!, () => int.MaxValue));
    }

    [Fact]
    public void Membrane_potentials_are_carried_from_slice_to_slice()
    {
        const int Slices = 3 * TimeSteps;
        (SpikingNetwork network, EventStreamSession session) = RandomSession();
        PolarityEvent[] events = Inside(Slices * 50);
        float[] frames = new EventFraming(EventModel.FramingOptions(EventSlicing.FixedCount(50)) with { TimeSteps = Slices })
            .Accumulate(new EventRecording(events));
        // Far more steps than the network was made for; all of them in one sample.
        var longer = new SpikingNetwork(network.ToGraph() with { TimeSteps = Slices });
        float[] expected = new float[network.ClassCount];
        longer.Score(frames, expected);

        float[] carried = PushAll(session, events);

        Assert.Equal(Slices, session.SliceCount);
        for (int c = 0; c < expected.Length; c++)
            Assert.Equal(expected[c], carried[c], 1e-6);
        float[] last = PushAll(session, events.AsSpan(^50..));
        session.Reset();
        Assert.NotEqual(last, PushAll(session, events.AsSpan(^50..)));
    }

    [Fact]
    public void A_window_averages_the_output_over_the_latest_slices()
    {
        const int Window = 3;
        PolarityEvent[] events = Inside(50 * 8);
        EventStreamSession one = RandomSession(window: 1).Session, three = RandomSession(Window).Session;
        var logs = new List<double[]>();
        for (int slice = 0; slice < 8; slice++)
        {
            ReadOnlySpan<PolarityEvent> part = events.AsSpan(50 * slice, 50);
            // A probability's logarithm is the output but for a constant, which a softmax takes no notice of.
            logs.Add([.. PushAll(one, part).Select(p => Math.Log(p))]);
            double[] mean = [.. Enumerable.Range(0, logs[0].Length).Select(c => logs.TakeLast(Window).Average(log => log[c]))];
            double[] expected = ReferenceMath.Softmax(mean);
            float[] actual = PushAll(three, part);
            for (int c = 0; c < expected.Length; c++)
                Assert.Equal(expected[c], actual[c], 1e-5);
        }
    }

    [Fact]
    public void Sessions_over_one_model_do_not_meet_and_a_reset_one_is_as_good_as_new()
    {
        ITransformer chain = model.Cut(EventSlicingKind.FixedCount);
        EventStreamSession[] sessions = [.. model.Rows.Select(_ => model.Context.Model.CreateEventStreamSession(chain))];
        float[][] alone = [.. model.Rows.Zip(sessions, (row, session) => Score(session, row.Events!, () => 30))];
        Assert.Throws<InvalidOperationException>(() => Reset(sessions[0]).Scores.Length);
        float[][] together = new float[sessions.Length][];
        Parallel.For(0, sessions.Length, i => together[i] = Score(sessions[i], model.Rows[i].Events!, () => 7));
        Assert.Equal(alone, together);
        Assert.True(alone.Distinct(new SequenceComparer()).Count() > 1);
    }

    [Fact]
    public void A_gap_between_events_and_the_clock_end_empty_slices()
    {
        EventStreamSession session = RandomSession(slicing: EventSlicingKind.FixedDuration).Session; // 300 us
        Assert.False(session.AdvanceTo(1_000_000)); // the slices begin with the first event
        Assert.Equal(0, Push(session, new PolarityEvent(5000, 1, 1, true)));
        Assert.Equal(0, Push(session, new PolarityEvent(5299, 1, 1, true)));
        Assert.Equal(1, Push(session, new PolarityEvent(5300, 1, 1, true)));
        Assert.Equal(9, Push(session, new PolarityEvent(8299, 1, 1, true)));
        Assert.False(session.AdvanceTo(8299));
        Assert.True(session.AdvanceTo(8600));
        Assert.True(session.AdvanceTo(8600));
        Assert.False(session.AdvanceTo(8600));
        session.EndSlice();
        Assert.Equal(13, session.SliceCount);
    }

    [Fact]
    public void After_the_last_of_the_given_times_events_are_left_out()
    {
        EventStreamSession session = RandomSession(slicing: EventSlicingKind.AtTimes).Session; // 50, 300, 310, 900, 1500
        Assert.Equal(0, Push(session, new PolarityEvent(10_000, 1, 1, true)));
        Assert.False(session.IsComplete);
        Assert.Equal(3, Push(session, new PolarityEvent(10_900, 1, 1, true)));
        Assert.Equal(1, Push(session, new PolarityEvent(11_500, 1, 1, true)));
        Assert.True(session.IsComplete);
        Assert.Equal(0, Push(session, new PolarityEvent(20_000, 1, 1, true)));
        Assert.False(session.AdvanceTo(30_000));
        Assert.Throws<InvalidOperationException>(session.EndSlice);
        session.Reset();
        Assert.False(session.IsComplete);
    }

    [Fact]
    public void Events_outside_the_sensor_are_counted_and_left_out()
    {
        EventStreamSession session = RandomSession().Session;
        PolarityEvent inside = new(1, 3, 3, true), outside = new(1, EventModel.Sensor - 8, 0, true);
        PolarityEvent[] events = [outside, outside, .. Enumerable.Repeat(inside, 49), outside];
        Assert.False(session.Push(events, out int consumed));
        Assert.Equal(events.Length, consumed);
        Assert.Equal(3, session.EventsOutside);
        Assert.Equal(1, Push(session, inside));
    }

    [Fact]
    public void The_spikes_of_a_layer_are_those_of_the_reference()
    {
        (SpikingNetwork network, EventStreamSession session) = RandomSession();
        PolarityEvent[] events = Inside(TimeSteps * 50);
        float[] frames = new EventFraming(EventModel.FramingOptions(EventSlicing.FixedCount(50))).Accumulate(new EventRecording(events));
        var reference = new GraphReference<float>(network.ToGraph());
        reference.Score(frames);
        int differing = 0, fired = 0, all = 0;
        for (int slice = 0; slice < TimeSteps; slice++)
        {
            PushAll(session, events.AsSpan(50 * slice, 50));
            foreach (SpikingLayerShape layer in session.SpikingLayers)
            {
                var spikes = new bool[layer.Channels * layer.Height * layer.Width];
                session.CopySpikes(layer.Name, spikes);
                differing += spikes.Zip(reference.Outputs[layer.Name][slice].Values, (spike, value) => spike != (value != 0)).Count(d => d);
                fired += spikes.Count(spike => spike);
                all += spikes.Length;
            }
        }
        Assert.InRange(fired, all / 100, all / 2);
        Assert.True(differing < all / 1000, $"{differing} of {all} differ");
        Assert.Contains("a.neuron", Assert.Throws<ArgumentException>(() => session.CopySpikes("nowhere", new bool[1])).Message);
    }

    [Fact]
    public void Neurons_of_several_spikes_send_those_of_the_reference()
    {
        var shape = new RandomGraphs.Shape(2, EventModel.Size, EventModel.Size, 20, 3, 2, TimeSteps, InputHasTimeSteps: true);
        var network = new SpikingNetwork(RandomGraphs.Create(shape, seed: 4, maxSpikes: 5));
        var framing = new EventFraming(EventModel.FramingOptions(EventSlicing.FixedCount(50)));
        var session = new EventStreamSession(network, framing);
        PolarityEvent[] events = Inside(TimeSteps * 50);
        var reference = new GraphReference<float>(network.ToGraph());
        reference.Score(framing.Accumulate(new EventRecording(events)));
        int differing = 0, several = 0, all = 0;
        for (int slice = 0; slice < TimeSteps; slice++)
        {
            PushAll(session, events.AsSpan(50 * slice, 50));
            foreach (SpikingLayerShape layer in session.SpikingLayers)
            {
                byte[] spikes = new byte[layer.NeuronCount];
                session.CopySpikes(layer.Name, spikes);
                bool[] fired = new bool[layer.NeuronCount];
                session.CopySpikes(layer.Name, fired);
                Assert.Equal(spikes.Select(spike => spike > 0), fired);
                differing += spikes.Zip(reference.Outputs[layer.Name][slice].Values, (spike, value) => spike != value).Count(d => d);
                several += spikes.Count(spike => spike > 1);
                all += spikes.Length;
                Assert.Throws<ArgumentException>("destination", () => session.CopySpikes(layer.Name, spikes.AsSpan(1)));
            }
        }
        Assert.InRange(several, all / 100, all);
        Assert.True(differing < all / 1000, $"{differing} of {all} differ");
        session.Reset();
        Assert.Throws<InvalidOperationException>(() => session.CopySpikes(session.SpikingLayers[0].Name, new byte[1]));
    }

    [Theory]
    [InlineData(EventSlicingKind.EqualCount)]
    [InlineData(EventSlicingKind.EqualDuration)]
    public void Slicings_of_a_whole_recording_are_refused_by_name(EventSlicingKind slicing)
    {
        Assert.Contains(slicing.ToString(), Refused(model.Cut(slicing), null));
        Assert.Contains(slicing.ToString(), Assert.Throws<ArgumentException>(
            "Slicing", () => new EventStreamOptions { Slicing = EventModel.Slicing(slicing) }).Message);
        EventStreamSession session = model.Context.Model.CreateEventStreamSession(
            model.Cut(slicing), new() { Slicing = EventSlicing.FixedCount(10) });
        Assert.Equal(1, Push(session, [.. Inside(10)]));
    }

    [Fact]
    public void A_window_without_slices_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>("WindowSlices", () => new EventStreamOptions { WindowSlices = 0 });

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(2_147_483_591 / 3 + 1)]     // an array's most elements, for 3 classes
    public void A_window_that_no_array_holds_is_refused_by_name(int window) => Assert.Contains(
        "WindowSlices must be at most 715827863 for 3 classes",
        Assert.Throws<ArgumentOutOfRangeException>("WindowSlices", () => RandomSession(window)).Message);

    [Fact]
    public void A_large_window_takes_the_memory_of_the_slices_that_there_are()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        // 8 GB, once it is full.
        EventStreamSession session = RandomSession(window: 715_827_863).Session, all = RandomSession(window: null).Session;
        PolarityEvent[] events = Inside(100 * 50);
        Assert.Equal(100, Push(session, events));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 28);
        Push(all, events);
        Assert.Equal(all.Scores.ToArray(), session.Scores.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);

        using var snapshot = new MemoryStream();
        session.Save(snapshot);
        snapshot.Position = 0;
        EventStreamSession restored = RandomSession(window: 715_827_863).Session;
        restored.Restore(snapshot);
        Assert.Equal(session.Scores.ToArray(), restored.Scores.ToArray());
    }

    [Fact]
    public void A_model_that_frames_do_not_reach_straight_from_AccumulateEvents_is_refused()
    {
        IDataView data = model.Context.Data.LoadFromEnumerable(model.Rows);
        ITransformer framing = model.Framing(EventSlicingKind.FixedCount).Fit(data);
        ITransformer between = model.Context.Transforms.NormalizeMinMax("Frames").Fit(framing.Transform(data));
        ITransformer unknown = model.Context.Transforms.DropColumns("Label").Fit(data);
        Assert.Contains("spiking network", Refused(framing, null));
        Assert.Contains("'Frames'", Refused(model.Network, null));
        Assert.Contains("NormalizingTransformer", Refused(Chain(framing, between, model.Network), null));
        Assert.Contains("ColumnSelectingTransformer", Refused(Chain(framing, unknown, model.Network), null));
        EventFramingEstimator.Options merged = EventModel.Options(EventSlicing.FixedCount(40));
        merged.MergePolarity = true;
        ITransformer other = model.Context.Transforms.AccumulateEvents(merged).Fit(data);
        Assert.Contains("[1, 16, 16]", Refused(Chain(other, model.Network), null));
    }

    private static TransformerChain<ITransformer> Chain(params ITransformer[] transformers) => new(transformers);

    private string Refused(ITransformer chain, EventStreamOptions? options) =>
        Assert.ThrowsAny<ArgumentException>(() => model.Context.Model.CreateEventStreamSession(chain, options)).Message;

    private ITransformer Reload(ITransformer chain)
    {
        using var zip = new MemoryStream();
        model.Context.Model.Save(chain, model.Context.Data.LoadFromEnumerable(model.Rows).Schema, zip);
        zip.Position = 0;
        return model.Context.Model.Load(zip, out _);
    }

    /// <summary>Scores as many slices as the network has time steps.</summary>
    private static float[] Score(EventStreamSession session, EventRecording recording, Func<int> nextChunk)
    {
        session.Reset();
        ReadOnlySpan<PolarityEvent> events = recording.Events.Span;
        while (!events.IsEmpty)
        {
            int count = Math.Min(nextChunk(), events.Length);
            ReadOnlySpan<PolarityEvent> chunk = events[..count];
            events = events[count..];
            while (session.Push(chunk, out int consumed))
            {
                chunk = chunk[consumed..];
                if (session.SliceCount == TimeSteps)
                    return session.Scores.ToArray();
            }
        }
        while (session.SliceCount < TimeSteps)
            session.EndSlice();
        return session.Scores.ToArray();
    }

    private static float[] PushAll(EventStreamSession session, ReadOnlySpan<PolarityEvent> events)
    {
        while (session.Push(events, out int consumed))
            events = events[consumed..];
        return session.Scores.ToArray();
    }

    /// <summary>The number of slices that the events complete.</summary>
    private static int Push(EventStreamSession session, params PolarityEvent[] events)
    {
        ReadOnlySpan<PolarityEvent> left = events;
        int slices = 0;
        int consumed;
        for (; session.Push(left, out consumed); slices++)
            left = left[consumed..];
        Assert.Equal(left.Length, consumed);
        return slices;
    }

    private static EventStreamSession Reset(EventStreamSession session)
    {
        session.Reset();
        return session;
    }

    /// <summary>Over a network whose layers all fire; 50 events a slice where they are counted.</summary>
    private static (SpikingNetwork Network, EventStreamSession Session) RandomSession(
        int? window = null, EventSlicingKind slicing = EventSlicingKind.FixedCount)
    {
        var shape = new RandomGraphs.Shape(2, EventModel.Size, EventModel.Size, 20, 3, 2, TimeSteps, InputHasTimeSteps: true);
        var network = new SpikingNetwork(RandomGraphs.Create(shape, seed: 4));
        EventSlicing cut = slicing == EventSlicingKind.FixedCount ? EventSlicing.FixedCount(50) : EventModel.Slicing(slicing);
        return (network, new EventStreamSession(network, new(EventModel.FramingOptions(cut)), new() { WindowSlices = window }));
    }

    private static PolarityEvent[] Inside(int count) =>
        [.. EventFiles.Make(2 * count).Where(e => e.X < EventModel.Sensor - 8).Take(count)];

    private sealed class SequenceComparer : IEqualityComparer<float[]>
    {
        public bool Equals(float[]? x, float[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(float[] obj) => obj[0].GetHashCode();
    }
}
