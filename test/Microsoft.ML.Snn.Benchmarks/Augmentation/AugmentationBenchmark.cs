using System.Diagnostics;
using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Benchmarks.Augmentation;

/// <summary>
/// Time on the input thread for a training sample: normalization alone, and with each kind of random change. The shortest of many blocks
/// counts, since the thread shares its core.
/// </summary>
internal static class AugmentationBenchmark
{
    private static readonly SampleShape _picture = new(null, 3, 32, 32), _frames = new(10, 2, 64, 64);

    private static readonly (string Name, string Key, SampleShape Shape, ImageAugmentation? Changes)[] _cases =
    [
        ("picture 3 x 32 x 32: normalization alone", "plain", _picture, null),
        ("  shift, mirror, cutout", "standard", _picture, ImageAugmentation.Standard with { CutoutSize = 8 }),
        ("  RandAugment, 2 operations", "rand_augment", _picture, new() { RandAugment = new() }),
        ("  the slowest: 2 of Rotate", "rotate", _picture, new() { RandAugment = new() { Operations = PictureOperations.Rotate } }),
        ("  mixup", "mixup", _picture, new() { MixupAlpha = 0.2 }),
        ("  CutMix", "cutmix", _picture, new() { CutMixAlpha = 1 }),
        ("frames 10 x 2 x 64 x 64, 4000 events: copied", "frames", _frames, null),
        ("  polarity flip, time and area drop", "parts", _frames, new() { PolarityFlip = true, TimeDrop = 0.3, AreaDrop = 0.3 }),
        ("  event drop, noise, jitter in place and time", "events", _frames,
            new() { EventDrop = 0.3, EventNoise = 0.01, SpatialJitter = 0.5, TimeJitter = 0.2 }),
    ];

    public static int Run(string[] arguments)
    {
        if (arguments is not ([] or ["--quick"]))
        {
            Console.Error.WriteLine("Usage: augmentation [--quick]");
            return 2;
        }
        int blocks = arguments.Length > 0 ? 400 : 4000;
        Console.WriteLine($"{"",-50}{"µs a sample",14}");
        string result = "RESULT";
        foreach ((string name, string key, SampleShape shape, ImageAugmentation? changes) in _cases)
        {
            double time = Measure(shape, changes, blocks);
            Console.WriteLine($"{name,-50}{time,14:F1}");
            result += $" {key}_us={time:F1}";
        }
        Console.WriteLine(result);
        return 0;
    }

    private static double Measure(SampleShape shape, ImageAugmentation? changes, int blocks)
    {
        var random = new Random(1);
        float[] raw = [.. Enumerable.Range(0, shape.Length).Select(
            _ => shape.Slices is null ? random.Next(256) : (float)(random.Next(20) == 0 ? 1 : 0))];
        (float[], float[])? normalization = shape.Slices is null ? ([125, 123, 114], [63, 62, 67]) : null;
        var preparation = new SamplePreparation(shape, normalization, changes);
        SampleMixing? mixing = SampleMixing.IsAsked(changes) ? new(shape, changes!) : null;
        // Short enough to be left alone for once by what else runs.
        int samples = shape.Slices is null ? 20 : 2;
        var batch = new Batch(samples, shape.Length);
        double best = double.PositiveInfinity;
        for (int block = 0; block < blocks; block++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < samples; i++)
                preparation.Prepare(raw, batch.Features.AsSpan(i * shape.Length, shape.Length), random);
            mixing?.Apply(batch, _ => random);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds / samples);
        }
        return best;
    }
}
