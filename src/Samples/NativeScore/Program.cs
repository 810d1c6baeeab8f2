// Classifies pictures with a model that TrainAndScore has saved, or recordings with one of EventCamera, as native code: no .NET on the
// machine, no just-in-time compiler, no pipeline. Made and used by
//
//     dotnet publish -c Release -o artifacts/NativeScore src/Samples/NativeScore
//     artifacts/NativeScore/NativeScore artifacts/TrainAndScore/model.zip picture.png [more pictures]
//     artifacts/NativeScore/NativeScore [--sensor 34x34] [--slicing EqualCount|EqualDuration] [--camera Davis346] \
//         artifacts/EventCamera/model.zip recording.bin [...]
//
// --time-unit, --columns and --array tell how NumPy arrays and text are read, as EventReadOptions does.
//
// SpikingNetwork.Load takes the network out of the zip. What the pipeline in front of it does is here: PicturePixels.cs for pictures,
// RecordingFrames.cs for recordings, whose sensor and slices the pipeline knows and the network does not, hence the options.

using System.Globalization;
using System.Text;
using Microsoft.ML.Snn;
using NativeScore;

const string Usage = "Usage: NativeScore [--sensor HEIGHTxWIDTH] [--slicing EqualCount|EqualDuration] [--camera NAME] "
    + "[--time-unit Microseconds|Nanoseconds|Milliseconds|Seconds] [--columns txyp] [--array name] model.zip file [more files]";
// Windows' own encoding would make question marks of names beyond its code page.
Console.OutputEncoding = Encoding.UTF8;
(int, int)? sensor = null;
EventSlicing slicing = EventSlicing.EqualCount;
EventReadOptions reading = new();
for (; args is [['-', '-', ..], ..]; args = args[2..])
{
    switch (args)
    {
        case ["--sensor", string size, ..] when size.Split('x') is [string height, string width]
            && int.TryParse(height, CultureInfo.InvariantCulture, out int h)
                && int.TryParse(width, CultureInfo.InvariantCulture, out int w):
            sensor = (h, w);
            break;
        case ["--slicing", nameof(EventSlicing.EqualCount), ..]:
            slicing = EventSlicing.EqualCount;
            break;
        case ["--slicing", nameof(EventSlicing.EqualDuration), ..]:
            slicing = EventSlicing.EqualDuration;
            break;
        case ["--camera", string name, ..] when Enum.TryParse(name, out EventCameraModel camera) && Enum.IsDefined(camera):
            reading = reading with { Camera = camera };
            break;
        case ["--time-unit", string text, ..] when Enum.TryParse(text, out EventTimeUnit unit) && Enum.IsDefined(unit):
            reading = reading with { TimeUnit = unit };
            break;
        case ["--columns", string columns, ..] when columns.Order().SequenceEqual("ptxy"):
            reading = reading with { Columns = columns };
            break;
        case ["--array", string { Length: > 0 } array, ..]:
            reading = reading with { ArrayName = array };
            break;
        default:
            return Misused();
    }
}
if (args is not [string modelPath, _, ..])
    return Misused();

bool allRight = true;
try
{
    SpikingNetwork network = SpikingNetwork.Load(modelPath);
    Action<string, float[]> read = network.InputShape is [_, 1 or 2, _, _]
        ? new RecordingFrames(network.InputShape, sensor, slicing, reading).Read
        : (path, features) => PicturePixels.Read(path, network.InputShape, features);
    float[] features = new float[network.FeatureCount], scores = new float[network.ClassCount];
    foreach (string path in args[1..])
    {
        try
        {
            read(path, features);
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            Console.Error.WriteLine(e.Message);
            allRight = false;
            continue;
        }
        network.Score(features, scores);
        int best = Array.IndexOf(scores, scores.Max());
        string name = network.ClassLabels?[best] ?? best.ToString(CultureInfo.InvariantCulture);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {name} ({100 * scores[best]:F2}%)"));
    }
}
catch (ArgumentOutOfRangeException e) when (
    e.ParamName is nameof(EventFramingOptions.SensorHeight) or nameof(EventFramingOptions.SensorWidth))
{
    Console.Error.WriteLine($"--sensor: {e.Message}");
    return 2;
}
catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
return allRight ? 0 : 1;

static int Misused()
{
    Console.Error.WriteLine(Usage);
    return 2;
}
