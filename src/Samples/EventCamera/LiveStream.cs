using Microsoft.ML;
using Microsoft.ML.Snn;

namespace EventCamera;

/// <summary>What a stream gave after a slice.</summary>
/// <param name="Time">Microseconds since the first event.</param>
/// <param name="Scores">The probability of each class.</param>
/// <param name="Spikes">Whether each neuron of the layer fired.</param>
internal sealed record StreamStep(long Time, float[] Scores, bool[] Spikes);

/// <summary>Plays a recording to a model as a camera would: a few events at a time, with scores after every slice.</summary>
internal static class LiveStream
{
    // As many as a camera may hand over at once.
    private const int _packet = 64;

    /// <param name="mlContext">The context.</param>
    /// <param name="model">A model from recordings to scores.</param>
    /// <param name="recording">The recording to play.</param>
    /// <param name="slices">Number of slices of equally many events.</param>
    /// <param name="chooseLayer">The layer whose spikes to keep.</param>
    public static IReadOnlyList<StreamStep> Play(
        MLContext mlContext, ITransformer model, EventRecording recording, int slices,
        Func<IReadOnlyList<SpikingLayerShape>, SpikingLayerShape> chooseLayer)
    {
        // The model cuts whole recordings; a stream never ends, so it is cut by a fixed number of events instead.
        EventStreamSession session = mlContext.Model.CreateEventStreamSession(model, new EventStreamOptions
        {
            Slicing = EventSlicing.FixedCount(Math.Max(1, recording.Count / slices)),
        });
        SpikingLayerShape layer = chooseLayer(session.SpikingLayers);
        var steps = new List<StreamStep>();
        ReadOnlySpan<PolarityEvent> all = recording.Events.Span;
        for (int start = 0; start < all.Length; start += _packet)
        {
            ReadOnlySpan<PolarityEvent> packet = all[start..Math.Min(start + _packet, all.Length)];
            long time = packet[^1].TimeMicroseconds - all[0].TimeMicroseconds;
            while (session.Push(packet, out int consumed))
            {
                var spikes = new bool[layer.Channels * layer.Height * layer.Width];
                session.CopySpikes(layer.Name, spikes);
                steps.Add(new(time, session.Scores.ToArray(), spikes));
                packet = packet[consumed..];
            }
        }
        return steps;
    }
}
