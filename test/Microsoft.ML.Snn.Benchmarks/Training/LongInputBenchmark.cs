using System.Diagnostics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Benchmarks.Training;

/// <summary>
/// The beginning of a training on as many rows as ImageNet has, of their shape, drawn when they are read: how soon it starts, and what
/// memory it takes.
/// </summary>
internal static class LongInputBenchmark
{
    private const int Rows = 1_281_167, Classes = 1000, Side = 224, Length = 3 * Side * Side, Batches = 200, BatchSize = 16;

    public static int Run(string[] arguments)
    {
        if (arguments is not ([] or ["--quick"]))
        {
            Console.Error.WriteLine("Usage: long-input [--quick]");
            return 2;
        }
        int batches = arguments.Length > 0 ? 4 : Batches;
        SpikingResNetArchitecture network = SpikingResNetArchitecture.ResNet18.WithWidth(0.125);
        Console.WriteLine(
            $"{network.Name}, {Rows:N0} rows of 3x{Side}x{Side}, {Classes} classes; T = 1, batches of {BatchSize}, a cache of 256 MiB");
        var noise = new float[4 * Length];
        var random = new Random(1);
        for (int i = 0; i < noise.Length; i++)
            noise[i] = random.Next(256);
        var context = new MLContext(seed: 1);
        IDataView data = context.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(i => new Row(noise, i)));
        using var stop = new CancellationTokenSource();
        var clock = Stopwatch.StartNew();
        int batch = 0;
        SpikingResNetTrainer trainer = context.MulticlassClassification.Trainers.SpikingResNet(new()
        {
            Architecture = network,
            TimeSteps = 1,
            Epochs = 1,
            BatchSize = BatchSize,
            CacheMebibytes = 256,
            InputStatistics = InputStatistics.ImageNet,
            CancellationToken = stop.Token,
            Progress = new Reported(() =>
            {
                if (++batch is 1 or 2 or 20 || batch % 50 == 0 || batch == batches)
                {
                    using var process = Process.GetCurrentProcess();
                    Console.WriteLine($"batch {batch,3} after {clock.Elapsed.TotalSeconds,6:F1} s, {process.WorkingSet64 >> 20,6:N0} MiB");
                }
                if (batch == batches)
                    stop.Cancel();
            }),
        });
        try
        {
            trainer.Fit(data);
        }
        catch (OperationCanceledException)
        {
            // It has seen enough.
        }
        return 0;
    }

    private sealed class Reported(Action report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report();
    }

    /// <summary>Pixels are a stretch of the noise, made when they are asked for.</summary>
    private sealed class Row(float[] noise, int number)
    {
        public Row()
            : this([], 0)
        {
        }

        [VectorType(3, Side, Side)]
        public float[] Features
        {
            get => noise.AsSpan((int)(number * 7919L % (3 * Length)), Length).ToArray();
            set => throw new NotSupportedException("Rows are only read.");
        }

        [KeyType(Classes)]
        public uint Label
        {
            get => (uint)(number % Classes);
            set => throw new NotSupportedException("Rows are only read.");
        }
    }
}
