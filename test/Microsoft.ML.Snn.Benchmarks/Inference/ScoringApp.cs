using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Format;
using TorchSharp;

namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>
/// An app that loads a network and predicts, as a process of its own: how long from its start to the first prediction, and how much memory
/// it holds after some more. The same app reads the folded weights from a plain file for the engine and for libtorch; beside them, an
/// ML.NET app with a model zip, and the sample NativeScore with the network alone, where a linker for native code is at hand.
/// </summary>
internal static class ScoringApp
{
    public const string Command = "scoring-app";

    /// <summary>How many predictions an app makes before its memory is measured.</summary>
    public const int Predictions = 20;

    private const string Engine = "engine", Torch = "libtorch", MLNet = "ML.NET", Native = "engine, native code";

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];
    }

    /// <summary>Medians of libtorch's memory and start, each divided by the engine's; NaN where there was no native app.</summary>
    public static (double Memory, double Start, double NativeStart) Compare(string model, int turns)
    {
        string folder = Directory.CreateTempSubdirectory("SnnMl.Benchmarks").FullName;
        try
        {
            string weights = Path.Combine(folder, "weights"), eight = Path.Combine(folder, "eight");
            SpikingNetwork network = TrainedModel.Load(model);
            Write(network, weights);
            Write(network.Quantize(), eight);
            var native = NativeApp.Publish(folder, network);
            (string Name, Func<(double, double)> Launch)[] apps =
            [
                ("engine", () => Launch(Engine, weights)), ("engine, 8-bit weights", () => Launch(Engine, eight)),
                ("libtorch", () => Launch(Torch, weights)), ("engine, ML.NET model zip", () => Launch(MLNet, model)),
                .. native is null ? Array.Empty<(string, Func<(double, double)>)>() :
                [
                    (Native, () => native.Launch(isQuantized: false)), ("engine, native, 8-bit", () => native.Launch(isQuantized: true)),
                ],
            ];
            var starts = apps.ToDictionary(app => app.Name, _ => new List<double>());
            var memories = apps.ToDictionary(app => app.Name, _ => new List<double>());
            for (int turn = 0; turn < turns; turn++)
            {
                foreach ((string name, Func<(double, double)> launch) in apps)
                {
                    (double start, double memory) = launch();
                    starts[name].Add(start);
                    memories[name].Add(memory);
                }
            }
            Console.WriteLine();
            Console.WriteLine("Scoring app, ResNet-19          start to first prediction, ms    resident MiB");
            foreach ((string name, _) in apps)
                Console.WriteLine($"  {name,-30} {Median(starts[name]),20:F0} {Median(memories[name]),20:F0}");
            double torch = Median(starts[Torch]);
            return (Median(memories[Torch]) / Median(memories[Engine]), torch / Median(starts[Engine]),
                native is null ? double.NaN : torch / Median(starts[Native]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The comparison as a benchmark of its own.</summary>
    public static int RunBenchmark(string[] arguments)
    {
        bool quick = arguments is ["--quick"];
        if (!quick && arguments.Length > 0)
        {
            Console.Error.WriteLine("Usage: start [--quick]");
            return 2;
        }
        (double memory, double start, double nativeStart) = Compare(TrainedModel.Make(1, quick), quick ? 3 : 15);
        Console.WriteLine($"RESULT memory={memory:F2} start={start:F2} native_start={nativeStart:F2}");
        return 0;
    }

    /// <summary>The app itself.</summary>
    public static int Run(string[] arguments)
    {
        float[] features = new float[Pictures.Length];
        for (int i = 0; i < features.Length; i++)
            features[i] = i * 37 % 256;
        Action<float[]> predict = arguments[0] switch
        {
            Engine => LoadEngine(arguments[1]),
            Torch => LoadTorch(arguments[1]),
            _ => LoadZip(arguments[1]),
        };
        predict(features);
        Console.WriteLine("predicted");
        for (int i = 1; i < Predictions; i++)
            predict(features);
        Console.WriteLine(Environment.WorkingSet);
        return 0;
    }

    private static void Write(SpikingNetwork network, string path)
    {
        using var writer = new BinaryWriter(File.Create(path));
        NetworkFormat.Write(network.ToGraph(), writer);
    }

    private static T Read<T>(string path, Func<BinaryReader, T> read)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        return read(reader);
    }

    // Methods of their own, so that no app loads what only another needs.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Action<float[]> LoadEngine(string path)
    {
        SpikingNetwork network = Read(path, SpikingNetwork.Read);
        float[] scores = new float[network.ClassCount];
        return features => network.Score(features, scores);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Action<float[]> LoadTorch(string path)
    {
        var network = new TorchContender(Read(path, NetworkFormat.ReadGraph), torch.ScalarType.Float32, 1);
        float[] scores = new float[Pictures.Classes];
        return features => network.Score(features, rows: 1, scores);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Action<float[]> LoadZip(string path)
    {
        var context = new MLContext();
        ITransformer model = context.Model.Load(path, out DataViewSchema _);
        PredictionEngine<Pictures.Row, Prediction> engine = context.Model.CreatePredictionEngine<Pictures.Row, Prediction>(model);
        return features => engine.Predict(new() { Features = features });
    }

    private static (double Start, double Memory) Launch(string kind, string path)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(ScoringApp).Assembly.Location);
        foreach (string argument in (string[])[Command, kind, path])
            start.ArgumentList.Add(argument);
        var clock = Stopwatch.StartNew();
        using Process process = Process.Start(start)!;
        string? first = process.StandardOutput.ReadLine();
        double milliseconds = clock.Elapsed.TotalMilliseconds;
        string? second = process.StandardOutput.ReadLine();
        process.WaitForExit();
        if (first != "predicted" || !long.TryParse(second, out long bytes))
            throw new InvalidOperationException($"The scoring app ({kind}) ended with {process.ExitCode}.");
        return (milliseconds, bytes / (double)(1 << 20));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
