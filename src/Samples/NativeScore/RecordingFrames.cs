using Microsoft.ML.Snn;

namespace NativeScore;

/// <summary>
/// What LoadEvents and AccumulateEvents do in the pipeline: the frames of a recording, [T, 2, H, W] or, of one polarity, [T, 1, H, W].
/// </summary>
internal sealed class RecordingFrames
{
    private readonly EventFraming _framing;
    private readonly EventReadOptions _reading;

    /// <param name="shape">What the network takes: [T, C, H, W].</param>
    /// <param name="sensor">The sensor's size; null for that of the frames.</param>
    /// <param name="slicing">How the model's pipeline cuts recordings.</param>
    /// <param name="reading">How files are read.</param>
    public RecordingFrames(IReadOnlyList<int> shape, (int Height, int Width)? sensor, EventSlicing slicing, EventReadOptions reading)
    {
        _reading = reading;
        _framing = new(new()
        {
            TimeSteps = shape[0],
            MergePolarity = shape[1] == 1,
            Height = shape[2],
            Width = shape[3],
            SensorHeight = sensor?.Height,
            SensorWidth = sensor?.Width,
            Slicing = slicing,
        });
    }

    /// <exception cref="InvalidDataException">The file is damaged, or none of its events lies inside the sensor.</exception>
    public void Read(string path, float[] features)
    {
        if (!File.Exists(path))
            throw new InvalidDataException($"'{path}' is missing.");
        EventRecording recording = EventRecording.Load(path, _reading);
        if (_framing.Accumulate(recording.Events.Span, features) == recording.Count)
        {
            throw new InvalidDataException(
                $"'{path}': none of its {recording.Count} events lies inside the sensor (--sensor HEIGHTxWIDTH).");
        }
    }
}
