using System.Globalization;
using Microsoft.ML.Snn;
using SimulatedCamera;

namespace EventCamera.Simulation;

/// <summary>
/// The recordings that the sample makes itself: files in the layout of N-MNIST, one folder a class, as any user's own would be. The same
/// seed makes the same recordings.
/// </summary>
internal static class ShapeRecordings
{
    /// <summary>Height and width of the simulated sensor.</summary>
    public const int Sensor = 34;

    private const int _duration = 300_000, _step = 2_000;
    private const double _threshold = 0.25;

    /// <summary>Writes the folders <c>train</c> and <c>test</c> under <paramref name="folder"/>, replacing what was there.</summary>
    /// <param name="folder">Where to write.</param>
    /// <param name="seed">Decides everything about the recordings.</param>
    /// <param name="training">Recordings of each class to train on.</param>
    /// <param name="held">Recordings of each class to hold out.</param>
    public static (string Train, string Test) Make(string folder, int seed, int training = 120, int held = 30)
    {
        string train = Path.Combine(folder, "train"), test = Path.Combine(folder, "test");
        MakeClasses(train, training, seed);
        MakeClasses(test, held, ~seed);
        return (train, test);
    }

    private static void MakeClasses(string folder, int recordings, int seed)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var camera = new EventCameraSimulator(Sensor, Sensor, _threshold);
        foreach (Shape shape in Enum.GetValues<Shape>())
        {
            string classFolder = Path.Combine(folder, shape.ToString().ToLowerInvariant());
            Directory.CreateDirectory(classFolder);
            Parallel.For(0, recordings, i =>
            {
                // A generator for each, so that the threads' order does not matter.
                var moving = new MovingShape(shape, Sensor, new Random(HashSeed(seed, shape, i)));
                PolarityEvent[] events = camera.Record((x, y, time) => moving.Brightness(x, y, time / _duration), _duration, _step);
                File.WriteAllBytes(Path.Combine(classFolder, i.ToString("D4", CultureInfo.InvariantCulture) + ".bin"), Encode(events));
            });
        }
    }

    // Not HashCode, which differs from process to process.
    private static int HashSeed(int seed, Shape shape, int recording) => unchecked((seed * 31 + (int)shape) * 7919 + recording);

    /// <summary>N-MNIST's five bytes an event: x, y, then polarity and 23 bits of the time in microseconds, big-endian.</summary>
    private static byte[] Encode(PolarityEvent[] events)
    {
        byte[] bytes = new byte[5 * events.Length];
        for (int i = 0; i < events.Length; i++)
        {
            PolarityEvent e = events[i];
            Span<byte> target = bytes.AsSpan(5 * i, 5);
            target[0] = (byte)e.X;
            target[1] = (byte)e.Y;
            target[2] = (byte)((e.IsOn ? 0x80 : 0) | (int)(e.TimeMicroseconds >> 16));
            target[3] = (byte)(e.TimeMicroseconds >> 8);
            target[4] = (byte)e.TimeMicroseconds;
        }
        return bytes;
    }
}
