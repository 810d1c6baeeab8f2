using System.Drawing;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>Live streams are filtered, and their frames filled, as the model's recordings are.</summary>
public class FilteredStreams(EventModel model) : IClassFixture<EventModel>
{
    private static readonly EventFilter[] _filters =
    [
        EventFilter.HotPixels(new Point(3, 4)), EventFilter.RefractoryPeriod(TimeSpan.FromMicroseconds(500)),
        EventFilter.BackgroundActivity(TimeSpan.FromMicroseconds(2000)), EventFilter.Crop(8, 8, 100, 110), EventFilter.FlipHorizontal,
    ];

    public static TheoryData<EventSlicingKind, bool> Cuts => new MatrixTheoryData<EventSlicingKind, bool>(
        [EventSlicingKind.FixedCount, EventSlicingKind.FixedDuration, EventSlicingKind.AtTimes], [false, true]);

    [Theory]
    [MemberData(nameof(Cuts))]
    public void Pushing_a_recording_in_any_chunks_gives_the_scores_of_the_whole(EventSlicingKind slicing, bool isSurface)
    {
        ITransformer chain = Reload(model.Cut(slicing, options =>
        {
            options.Filters = _filters;
            options.Accumulation = isSurface ? EventAccumulation.TimeSurface(TimeSpan.FromMicroseconds(400)) : EventAccumulation.Sum;
        }));
        float[][] whole = Scores(chain), unfiltered = Scores(model.Cut(slicing));
        Assert.True(whole.Zip(unfiltered).Count(pair => !pair.First.SequenceEqual(pair.Second)) > whole.Length / 2);
        EventStreamSession session = model.Context.Model.CreateEventStreamSession(chain);
        var random = new Random(5);
        foreach ((EventModel.Row row, float[] expected) in model.Rows.Zip(whole))
        {
            float[] atOnce = Score(session, row.Events!, () => int.MaxValue);
            for (int c = 0; c < expected.Length; c++)
                Assert.Equal(expected[c], atOnce[c], 1e-6);
            Assert.Equal(atOnce, Score(session, row.Events!, () => 1));
            Assert.Equal(atOnce, Score(session, row.Events!, () => random.Next(60)));
            Assert.Equal(row.Events!.Events.ToArray().Count(e => e.X >= EventModel.Sensor - 8), session.EventsOutside);
        }
    }

    [Fact]
    public void The_event_that_ends_a_slice_passes_the_filters_once_and_belongs_to_the_next_one()
    {
        EventStreamSession session = Session(EventFilter.RefractoryPeriod(TimeSpan.FromMicroseconds(100))); // slices of 300 us
        PolarityEvent[] events = [new(1000, 1, 1, true), new(1350, 2, 2, true), new(1360, 3, 3, true)];
        Assert.True(session.Push(events, out int consumed));
        Assert.Equal(2, consumed);
        bool[] silent = Spikes(session);
        Assert.False(session.Push(events.AsSpan(2), out consumed));
        Assert.Equal(1, consumed);
        Assert.True(session.AdvanceTo(1600));
        Assert.NotEqual(silent, Spikes(session));
        Assert.False(session.AdvanceTo(1600));
        Assert.Equal(2, session.SliceCount);

        // The same, but the stream ends before the event that waits was asked for.
        session.Reset();
        Assert.True(session.Push(events.AsSpan(0, 2), out _));
        session.EndSlice();
        Assert.Equal(2, session.SliceCount);
        Assert.False(session.AdvanceTo(1600));
        // It does not wait for what comes after a reset.
        Assert.True(session.Push([new(2000, 1, 1, true), new(2300, 2, 2, true)], out _));
        session.Reset();
        Assert.False(session.AdvanceTo(10_000));
        Assert.Equal(0, session.SliceCount);
    }

    [Fact]
    public void What_needs_the_whole_recording_is_refused_by_name_unless_the_options_name_another()
    {
        EventFilter found = EventFilter.HotPixelsAbove(2000);
        ITransformer chain = model.Cut(EventSlicingKind.FixedCount, options => options.Filters = [EventFilter.FlipVertical, found]);
        string message = Assert.Throws<ArgumentException>(() => model.Context.Model.CreateEventStreamSession(chain)).Message;
        Assert.Contains("HotPixelsAbove(2000)", message);
        Assert.Contains("FindHotPixels", message);
        Assert.Throws<ArgumentException>("Filters", () => new EventStreamOptions { Filters = [found] });
        Assert.Throws<ArgumentException>("Filters", () => new EventStreamOptions { Filters = [null!] });

        EventRecording recording = model.Rows[^1].Events!;
        ITransformer listed = model.Cut(
            EventSlicingKind.FixedCount, options => options.Filters = [EventFilter.FindHotPixels(recording, 2000)]);
        EventStreamSession session = model.Context.Model.CreateEventStreamSession(
            chain, new() { Filters = [EventFilter.FindHotPixels(recording, 2000)] });
        float[] expected = Scores(listed)[^1], actual = Score(session, recording, () => 50);
        for (int c = 0; c < expected.Length; c++)
            Assert.Equal(expected[c], actual[c], 1e-6);

        ITransformer voxels = model.Cut(
            EventSlicingKind.EqualDuration, options => options.Accumulation = EventAccumulation.VoxelGrid);
        message = Assert.Throws<ArgumentException>(() => model.Context.Model.CreateEventStreamSession(
            voxels, new() { Slicing = EventSlicing.FixedCount(10) })).Message;
        Assert.Contains("VoxelGrid", message);
        Assert.Contains("TimeSurface", message);
    }

    private static bool[] Spikes(EventStreamSession session)
    {
        SpikingLayerShape layer = session.SpikingLayers[0];
        var spikes = new bool[layer.NeuronCount];
        session.CopySpikes(layer.Name, spikes);
        return spikes;
    }

    private static EventStreamSession Session(params EventFilter[] filters)
    {
        var shape = new RandomGraphs.Shape(2, EventModel.Size, EventModel.Size, 20, 3, 2, EventModel.TimeSteps, InputHasTimeSteps: true);
        EventSlicing slicing = EventModel.Slicing(EventSlicingKind.FixedDuration);
        EventFramingOptions options = EventModel.FramingOptions(slicing) with { Filters = filters };
        return new(new SpikingNetwork(RandomGraphs.Create(shape, seed: 4)), new(options));
    }

    private float[][] Scores(ITransformer chain) =>
        [.. chain.Transform(model.Context.Data.LoadFromEnumerable(model.Rows)).GetColumn<float[]>("Score")];

    private ITransformer Reload(ITransformer chain)
    {
        using var zip = new MemoryStream();
        model.Context.Model.Save(chain, model.Context.Data.LoadFromEnumerable(model.Rows).Schema, zip);
        zip.Position = 0;
        return model.Context.Model.Load(zip, out _);
    }

    /// <summary>
    /// The scores after as many slices as the network has time steps; all events are pushed, so that those outside are counted.
    /// </summary>
    private static float[] Score(EventStreamSession session, EventRecording recording, Func<int> nextChunk)
    {
        session.Reset();
        float[]? scores = null;
        ReadOnlySpan<PolarityEvent> events = recording.Events.Span;
        while (!events.IsEmpty)
        {
            ReadOnlySpan<PolarityEvent> chunk = events[..Math.Min(nextChunk(), events.Length)];
            events = events[chunk.Length..];
            while (session.Push(chunk, out int consumed))
            {
                chunk = chunk[consumed..];
                if (session.SliceCount == EventModel.TimeSteps)
                    scores = session.Scores.ToArray();
            }
        }
        while (session.SliceCount < EventModel.TimeSteps)
        {
            session.EndSlice();
            scores = session.Scores.ToArray();
        }
        return scores!;
    }
}
