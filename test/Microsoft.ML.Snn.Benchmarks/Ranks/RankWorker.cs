using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Torch;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Benchmarks.Ranks;

/// <summary>
/// A process that mpirun has started on one of two hosts: trains ResNet-19 on random images, and measures steps and messages. Rank 0 writes
/// lines of a name and a number.
/// </summary>
internal static class RankWorker
{
    public const string Command = "rank-steps";

    /// <summary>Prefixes its lines, among those of MPI.</summary>
    public const string Prefix = "measured ";

    private const int WarmUpSteps = 2, Messages = 300, Buckets = 10;

    public static int Run(string[] arguments)
    {
        (double width, int samples, int steps) = (double.Parse(arguments[0]), int.Parse(arguments[1]), int.Parse(arguments[2]));
        using MpiCommunicator mpi = MpiCommunicator.Start();
        TorchNatives.EnsureLoaded();
        set_num_threads(1);
        MeasureMessages(mpi);
        foreach (string mode in RanksBenchmark.Modes)
            MeasureSteps(mpi, mode, width, samples, steps);
        return 0;
    }

    private static void MeasureMessages(MpiCommunicator mpi)
    {
        // Two numbers a channel of the widest layers.
        byte[] own = new byte[2 * 512 * sizeof(double)], all = new byte[own.Length * mpi.Size];
        byte[] bucket = new byte[GradientExchange.BucketSize * sizeof(float)], received = new byte[bucket.Length];
        TimeSpan processor = default;
        var watch = new Stopwatch();
        for (int i = -Messages / 10; i < Messages; i++)
        {
            if (i == 0)
            {
                processor = ProcessorTime();
                watch.Restart();
            }
            mpi.Gather(own, all);
        }
        Tell(mpi, "latency", watch.Elapsed.TotalMilliseconds / Messages);
        Tell(mpi, "message", (ProcessorTime() - processor).TotalMilliseconds / Messages);
        for (int i = -2; i < Buckets; i++)
        {
            if (i == 0)
                watch.Restart();
            mpi.Exchange(bucket, received);
            mpi.Gather(bucket.AsSpan(0, bucket.Length / mpi.Size), received);
        }
        double sent = 2.0 * (mpi.Size - 1) / mpi.Size * bucket.Length * Buckets;
        Tell(mpi, "gigabits", sent * 8 / watch.Elapsed.TotalSeconds / 1e9);
    }

    private static void MeasureSteps(MpiCommunicator mpi, string mode, double width, int samples, int steps)
    {
        var watch = new Stopwatch();
        var communicator = new CountingCommunicator(mpi, watch, overlaps: mode != RanksBenchmark.Afterwards);
        using var ranks = mode == RanksBenchmark.Alone ? RankGroup.Of(null) : RankGroup.Of(communicator);
        ranks.OpenSecond();
        var options = new SpikingResNetTrainer.Options
        {
            Architecture = SpikingResNetArchitecture.ResNet19.WithWidth(width),
            TimeSteps = 2,
            BatchSize = samples * mpi.Size,
            Seed = 1,
            NormalizeOverRanks = mode != RanksBenchmark.OwnStatistics,
            ExchangePrecision = mode == RanksBenchmark.Short ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32,
        };
        var columns = new ExampleColumns(new SampleShape(null, 3, 32, 32), 10, Labels: null);
        IReadOnlyList<PhasePlan> phases = options.Phases(columns);
        TrainingPlan plan = options.Plan(columns, phases, null, new SeedSequence(1), CPU, ranks);
        using var trainer = new PhaseTrainer(plan, phases[0]);
        Batch batch = RandomBatch(samples, ranks.Size, mpi.Rank);
        List<double> times = [], forward = [], backward = [], begun = [];
        for (int step = -WarmUpSteps; step < steps; step++)
        {
            // Ranks that are alone compute at the same time too.
            mpi.Gather([1], new byte[mpi.Size]);
            communicator.Begin();
            watch.Restart();
            StepResult result = trainer.Step(batch, 1, step + WarmUpSteps, 1e-3);
            double time = watch.Elapsed.TotalMilliseconds;
            if (step < 0)
                continue;
            times.Add(time);
            forward.Add(result.Forward.TotalMilliseconds);
            backward.Add(result.Backward.TotalMilliseconds);
            begun.Add(communicator.FirstBucket ?? 0);
        }
        Tell(mpi, $"{mode}.step", Median(times));
        Tell(mpi, $"{mode}.forward", Median(forward));
        Tell(mpi, $"{mode}.backward", Median(backward));
        Tell(mpi, $"{mode}.begun", Median(begun));
        // Without that of the step's numbers.
        Tell(mpi, $"{mode}.sums", communicator.Gathers - 1);
        Tell(mpi, "parameters", trainer.Network.Parameters.Sum(parameter => parameter.Value.numel()));
    }

    private static Batch RandomBatch(int samples, int ranks, int rank)
    {
        var random = new Random(rank);
        var batch = new Batch(samples, 3 * 32 * 32) { Total = samples * ranks };
        foreach (ref float value in batch.Features.AsSpan())
            value = random.NextSingle() * 2 - 1;
        for (int i = 0; i < samples; i++)
            (batch.Labels[i], batch.Weights[i]) = (random.Next(10), 1);
        return batch;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static TimeSpan ProcessorTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    private static void Tell(MpiCommunicator mpi, string name, double value)
    {
        if (mpi.Rank == 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{name} {value:R}"));
    }
}
