using System.Diagnostics;
using Microsoft.ML.Snn.Tests.Events;

namespace Microsoft.ML.Snn.Benchmarks.Events;

/// <summary>
/// How many events a second one core reads from each format and accumulates into frames, beside the copying of as many events from memory
/// to memory. Files lie in memory: the disk is not measured.
/// </summary>
internal static class EventsBenchmark
{
    private const int Sensor = 128, TimeSteps = 8;
    private const int BlockEvents = 1 << 14;
    private const int Count = 2_000_000;
    private const int MinRounds = 5;

    /// <param name="arguments">Nothing, or <c>--quick</c> to measure for a shorter time.</param>
    public static int Run(string[] arguments)
    {
        if (arguments is not ([] or ["--quick"]))
        {
            Console.Error.WriteLine($"events takes no option but --quick, not '{string.Join(' ', arguments)}'.");
            return 2;
        }
        TimeSpan duration = TimeSpan.FromSeconds(arguments is ["--quick"] ? 1 : 5);
        PolarityEvent[] events = DrawEvents();
        var speeds = new List<(string Name, double Speed)>();
        Console.WriteLine($"{Count / 1e6} million events, one thread, the best of all rounds in {duration.TotalSeconds} s");
        Console.WriteLine($"{"",-24} {"Mevents/s",10} {"of memcopy",11} {"bytes an event",15}");

        var copy = new PolarityEvent[Count];
        Report("memcopy", 16, () => events.CopyTo(copy, 0));
        foreach ((string kind, Func<PolarityEvent[], byte[]> write) in EventFiles.Kinds)
        {
            byte[] file = write(events);
            Report(kind.ToLowerInvariant(), (double)file.Length / Count, () => Read(file));
        }
        foreach (EventSlicing slicing in new[] { EventSlicing.EqualCount, EventSlicing.EqualDuration })
        {
            var framing = new EventFraming(new() { Height = Sensor, Width = Sensor, TimeSteps = TimeSteps, Slicing = slicing });
            float[] frames = new float[framing.FeatureCount];
            Report($"accumulate_{slicing.Kind}".ToLowerInvariant(), 16, () => framing.Accumulate(events, frames));
        }
        Console.WriteLine("RESULT " + string.Join(' ', speeds.Select(result => $"{result.Name}={result.Speed:F1}")));
        return 0;

        void Report(string name, double bytes, Action action)
        {
            double seconds = double.PositiveInfinity;
            // The best, since other work on the machine, and code not yet compiled to its end, only make it slower.
            var all = Stopwatch.StartNew();
            for (int round = 0; round < MinRounds || all.Elapsed < duration; round++)
            {
                var watch = Stopwatch.StartNew();
                action();
                seconds = Math.Min(seconds, watch.Elapsed.TotalSeconds);
            }
            double speed = Count / seconds / 1e6;
            speeds.Add((name, speed));
            Console.WriteLine($"{name,-24} {speed,10:F1} {speed / speeds[0].Speed,11:P0} {bytes,15:F2}");
        }
    }

    private static void Read(byte[] file)
    {
        using EventFileReader reader = EventFileReader.FromStream(new MemoryStream(file));
        var block = new PolarityEvent[BlockEvents];
        int count = 0;
        for (int read; (read = reader.Read(block)) > 0;)
            count += read;
        if (count != Count)
            throw new InvalidDataException($"{count} of {Count} events were read. {reader.Damage}");
    }

    /// <summary>
    /// Events as a camera gives them: on average 2.5 us apart, so that all fit into the 23 bits of N-MNIST's times, a third of them
    /// beside the one before and at the same time.
    /// </summary>
    private static PolarityEvent[] DrawEvents()
    {
        var random = new Random(1);
        var events = new PolarityEvent[Count];
        long time = 1000;
        for (int i = 0; i < Count; i++)
        {
            if (i > 0 && random.Next(3) == 0 && events[i - 1].X < Sensor - 1)
            {
                events[i] = events[i - 1] with { X = (ushort)(events[i - 1].X + 1) };
                continue;
            }
            time += random.Next(6);
            events[i] = new(time, (ushort)random.Next(Sensor), (ushort)random.Next(Sensor), random.Next(2) == 1);
        }
        return events;
    }
}
