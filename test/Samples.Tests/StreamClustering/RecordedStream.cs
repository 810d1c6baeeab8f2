using Microsoft.ML.Snn;
using StreamCluster.Load;
using StreamCluster.Messages;
using StreamCluster.Streams;

namespace Samples.Tests.StreamClustering;

/// <summary>A stream of simulated events, and the scores that one session gives it which nothing interrupts.</summary>
internal sealed class RecordedStream
{
    public const int SliceEvents = 150, Count = 3000;

    public RecordedStream(TrainedEventModel trained)
    {
        Model = StreamModel.Load(trained.Path, SliceEvents, windowSlices: null);
        new SimulatedEvents(Model.FrameHeight, Model.FrameWidth, seed: 3).Read(0, Events);
        EventStreamSession session = Model.CreateSession();
        var scores = new List<float[]>();
        for (ReadOnlySpan<PolarityEvent> rest = Events; session.Push(rest, out int consumed); rest = rest[consumed..])
            scores.Add(session.Scores.ToArray());
        Scores = scores;
        Assert.Equal(Count / SliceEvents, Scores.Count);
        // Or scores that stay as they were would pass for right ones.
        Assert.NotEqual(Scores[0], Scores[^1]);
    }

    public StreamModel Model { get; }

    public PolarityEvent[] Events { get; } = new PolarityEvent[Count];

    /// <summary>The scores of each slice.</summary>
    public IReadOnlyList<float[]> Scores { get; }

    public EventBatch Batch(int first, int end, long received = 0) => new(first, EventBytes.Write(Events.AsSpan(first..end)), received);

    /// <summary>Asserts that an answer has the scores of these slices, to the last bit.</summary>
    public void AssertSlices(int first, int last, IReadOnlyList<SliceScores> answer)
    {
        Assert.Equal(Enumerable.Range(first, last - first + 1).Select(slice => (long)slice), answer.Select(slice => slice.Slice));
        Assert.All(answer, slice => Assert.Equal(
            Scores[(int)slice.Slice - 1].Select(BitConverter.SingleToInt32Bits), slice.Scores.Select(BitConverter.SingleToInt32Bits)));
    }
}
