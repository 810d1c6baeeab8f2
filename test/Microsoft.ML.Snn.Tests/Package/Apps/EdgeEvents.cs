using Microsoft.ML.Snn;

// Arguments: a file of a network, then recordings. Prints, for each, the bits of the scores of its frames, then of the whole as a stream.
SpikingNetwork network = SpikingNetwork.Load(args[0]);
var framing = new EventFraming(new()
{
    Height = network.InputShape[2], Width = network.InputShape[3], SensorHeight = 128, SensorWidth = 128,
    TimeSteps = network.TimeSteps, Slicing = EventSlicing.FixedCount(50),
});
foreach (string path in args[1..])
{
    EventRecording recording = EventRecording.Load(path);
    float[] scores = new float[network.ClassCount];
    network.Score(framing.Accumulate(recording), scores);
    var session = new EventStreamSession(network, framing);
    ReadOnlySpan<PolarityEvent> events = recording.Events.Span;
    while (session.Push(events, out int consumed))
        events = events[consumed..];
    Console.WriteLine($"{Bits(scores)} {Bits(session.Scores)}");
}

static string Bits(ReadOnlySpan<float> scores) => string.Join(' ', scores.ToArray().Select(BitConverter.SingleToInt32Bits));
