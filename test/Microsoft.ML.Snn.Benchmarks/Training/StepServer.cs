using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Benchmarks.Training;

/// <summary>
/// A process that holds one network and trains it a step whenever it reads the line "step", answering with the milliseconds that it took;
/// "quit" ends it, with its peak resident memory in KiB as the last answer. At first, when it has warmed up, it says "ready" and its peak
/// resident memory before the first step. spikingjelly_steps.py speaks the same.
/// </summary>
internal static class StepServer
{
    public const string Command = "training-steps";
    public const string EagerArgument = "eager";
    public const string RecomputeArgument = "recompute";

    private const int WarmUpSteps = 2;

    public static int Run(string[] arguments)
    {
        var work = new TrainingCase(double.Parse(arguments[1], CultureInfo.InvariantCulture), int.Parse(arguments[2]));
        // The library's own loading also tells OpenMP not to spin: a plain app has OpenMP's default.
        if (arguments[0] != EagerArgument)
            TorchNatives.EnsureLoaded();
        set_num_threads(TrainingCase.Threads);
        random.manual_seed(1);
        using Tensor images = randn(TrainingCase.BatchSize, 3, 32, 32);
        using Tensor labels = randint(0, 10, new long[] { TrainingCase.BatchSize });
        NetworkPlan plan = NetworkPlan.Create(work.Architecture, 3, 32, 32, 10);
        if (arguments[0] == EagerArgument)
        {
            using var network = new EagerNetwork(plan, new LifNeuronOptions());
            Serve(network.parameters(), () => network.forward(images.repeat(work.TimeSteps, 1, 1, 1), work.TimeSteps), labels);
        }
        else
        {
            bool recomputes = arguments[0] == RecomputeArgument;
            using var network = new TrainableNetwork(
                plan, new(), 1, precision: recomputes ? TrainingPrecision.Float32 : Enum.Parse<TrainingPrecision>(arguments[0]),
                memory: recomputes ? TrainingMemory.Recompute : TrainingMemory.Store);
            Serve(network.Parameters.Select(p => p.Value), () => network.Forward(images, work.TimeSteps, training: true), labels);
        }
        return 0;
    }

    private static void Serve(IEnumerable<TorchSharp.Modules.Parameter> parameters, Func<Tensor> forward, Tensor labels)
    {
        using var optimizer = optim.SGD(parameters, TrainingCase.LearningRate, TrainingCase.Momentum);
        long resting = PeakKibibytes();
        for (int i = 0; i < WarmUpSteps; i++)
            Step();
        Console.WriteLine($"ready {resting}");
        while (Console.ReadLine() == "step")
        {
            var watch = Stopwatch.StartNew();
            Step();
            Console.WriteLine(watch.Elapsed.TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
        }
        Console.WriteLine(PeakKibibytes());

        static long PeakKibibytes()
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64 / 1024;
        }

        void Step()
        {
            using DisposeScope scope = NewDisposeScope();
            optimizer.zero_grad();
            Tensor loss = nn.functional.cross_entropy(forward().mean([0L]), labels);
            loss.backward();
            optimizer.step();
            if (!double.IsFinite(loss.ToDouble()))
                throw new InvalidOperationException("Training diverged.");
        }
    }
}
