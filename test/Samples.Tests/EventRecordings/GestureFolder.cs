using EventCamera.Simulation;
using Microsoft.ML.Snn;
using SimulatedCamera;

namespace Samples.Tests.EventRecordings;

/// <summary>
/// Moving shapes in the layout of DVS128 Gesture: long recordings in AEDAT 3.1, a table of the gestures in each, and the two lists. Each
/// gesture is a shape of its own.
/// </summary>
internal static class GestureFolder
{
    public const int Sensor = 128;

    private const int Duration = 60_000, Pause = 20_000;

    public static void Write(string folder, int training, int held)
    {
        Directory.CreateDirectory(folder);
        string[] names = [.. Enumerable.Range(1, training + held).Select(user => $"user{user:D2}_fluorescent")];
        foreach ((int index, string name) in names.Index())
            WriteRecording(Path.Combine(folder, name), seed: index);
        File.WriteAllLines(Path.Combine(folder, "trials_to_train.txt"), names[..training].Select(name => name + ".aedat"));
        File.WriteAllLines(Path.Combine(folder, "trials_to_test.txt"), names[training..].Select(name => name + ".aedat"));
    }

    private static void WriteRecording(string path, int seed)
    {
        var camera = new EventCameraSimulator(Sensor, Sensor, threshold: 0.4);
        List<PolarityEvent> events = [];
        List<string> table = ["class,startTime_usec,endTime_usec"];
        int start = 80_000_000;
        foreach (Shape shape in Enum.GetValues<Shape>())
        {
            var moving = new MovingShape(shape, Sensor, new Random(seed * 31 + (int)shape));
            foreach (PolarityEvent e in camera.Record((x, y, time) => moving.Brightness(x, y, time / Duration), Duration, step: 6_000))
                events.Add(e with { TimeMicroseconds = e.TimeMicroseconds + start });
            table.Add($"{(int)shape + 1},{start},{start + Duration}");
            start += Duration + Pause;
        }
        File.WriteAllLines(path + "_labels.csv", table);
        File.WriteAllBytes(path + ".aedat", Aedat31(events));
    }

    /// <summary>Lines of a header, then packets of a header of 28 bytes and events of 8, little-endian.</summary>
    private static byte[] Aedat31(IEnumerable<PolarityEvent> events)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n"u8);
        foreach (PolarityEvent[] packet in events.Chunk(4096))
        {
            writer.Write((short)1); // polarity events
            writer.Write((short)1); // source
            foreach (int field in (int[])[8, 4, 0, packet.Length, packet.Length, packet.Length])
                writer.Write(field);
            foreach (PolarityEvent e in packet)
            {
                writer.Write((uint)e.X << 17 | (uint)e.Y << 2 | (e.IsOn ? 2u : 0) | 1);
                writer.Write((int)e.TimeMicroseconds);
            }
        }
        return stream.ToArray();
    }
}
