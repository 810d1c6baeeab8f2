using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.Snn.Benchmarks.Inference;
using WebApp;

namespace Microsoft.ML.Snn.Benchmarks.Service;

/// <summary>
/// The sample WebApp under load, against itself with libtorch in the engine's place: ResNet-19 at a quarter of its width on 32x32 PNGs, the
/// model that the benchmark inference trains and keeps. Each service is a process of its own; the clients share the machine with it.
/// </summary>
internal static class ServiceBenchmark
{
    private const string Engine = "engine, float32 weights", Engine8 = "engine, 8-bit weights", Torch = "libtorch, float32 weights";
    private const double Width = 0.25;
    private const int DifferentPictures = 64;

    private static readonly int[] _clients = [1, 8, 64];

    private sealed record Round(LoadResult Load, double Mebibytes);

    public static async Task<int> RunAsync(string[] arguments)
    {
        bool quick = arguments is ["--quick"];
        if (!quick && arguments.Length > 0)
        {
            Console.Error.WriteLine("Usage: service [--quick]");
            return 2;
        }
        SpikingNetwork network = TrainedModel.Load(TrainedModel.Make(Width, quick));
        string folder = Directory.CreateTempSubdirectory("SnnMl.Benchmarks").FullName;
        var services = new Dictionary<string, ServiceProcess>();
        try
        {
            string model = Path.Combine(folder, "model.zip"), eight = Path.Combine(folder, "eight.zip");
            ServedModel.Save(network, model);
            ServedModel.Save(network.Quantize(), eight);
            byte[][] pictures = ServedModel.TestFiles(DifferentPictures);
            services[Engine] = await ServiceProcess.StartAsync([WebAppAssembly()], model);
            services[Engine8] = await ServiceProcess.StartAsync([WebAppAssembly()], eight);
            services[Torch] = await ServiceProcess.StartAsync([typeof(ServiceBenchmark).Assembly.Location, TorchService.Command], model);

            Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}, "
                + $"{Environment.ProcessorCount} cores, which services and clients share");
            Console.WriteLine($"ResNet-19 x {Width}, T = {network.TimeSteps}, {network.ParameterCount} parameters; a body is a PNG of "
                + $"{Pictures.Size} x {Pictures.Size}, {pictures.Average(picture => picture.Length):F0} bytes");
            var limits = new ServiceOptions();
            Console.WriteLine($"A service scores {limits.MaxConcurrency} pictures at a time, lets {limits.MaxWaiting} wait and refuses further ones");
            await CompareAnswersAsync(services, pictures);
            PrintTable(await MeasureAsync(services, pictures, quick));
            return 0;
        }
        finally
        {
            foreach (ServiceProcess service in services.Values)
                service.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The sample's own build, without libtorch: src/Samples/WebApp/bin/[configuration]/[framework].</summary>
    private static string WebAppAssembly()
    {
        var target = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        string root = target.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(root, "src", "Samples", "WebApp", "bin", target.Parent.Name, target.Name, "WebApp.dll");
    }

    private static async Task CompareAnswersAsync(Dictionary<string, ServiceProcess> services, byte[][] pictures)
    {
        var labels = new Dictionary<string, string?[]>();
        foreach ((string name, ServiceProcess service) in services)
        {
            labels[name] = new string?[pictures.Length];
            for (int i = 0; i < pictures.Length; i++)
            {
                using HttpResponseMessage response = await service.Client.PostAsync("classify", new ByteArrayContent(pictures[i]));
                JsonElement answer = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
                labels[name][i] = answer.GetProperty("label").GetString();
            }
        }
        foreach (string name in (string[])[Engine8, Torch])
        {
            int same = labels[Engine].Zip(labels[name]).Count(pair => pair.First == pair.Second);
            Console.WriteLine($"The same class as '{Engine}': {name} {same} of {pictures.Length}");
        }
    }

    /// <summary>The services take turns, so that what slows the machine down slows all of them.</summary>
    private static async Task<Dictionary<(int Clients, string Service), List<Round>>> MeasureAsync(
        Dictionary<string, ServiceProcess> services, byte[][] pictures, bool quick)
    {
        TimeSpan warmUp = TimeSpan.FromSeconds(quick ? 4 : 10), time = TimeSpan.FromSeconds(quick ? 5 : 6);
        foreach (ServiceProcess service in services.Values)
            await LoadClient.RunAsync(service.Client, pictures, clients: 4, warmUp);
        var rounds = new Dictionary<(int, string), List<Round>>();
        for (int round = 0; round < (quick ? 3 : 5); round++)
        {
            foreach (int clients in _clients)
            {
                foreach ((string name, ServiceProcess service) in services)
                {
                    LoadResult load = await LoadClient.RunAsync(service.Client, pictures, clients, time);
                    if (!rounds.TryGetValue((clients, name), out List<Round>? list))
                        rounds[(clients, name)] = list = [];
                    list.Add(new(load, service.ResidentMebibytes));
                }
            }
        }
        return rounds;
    }

    private static void PrintTable(Dictionary<(int Clients, string Service), List<Round>> rounds)
    {
        Console.WriteLine();
        Console.WriteLine("Medians of the rounds; requests of all rounds. A refusal is 429 or 503; a failure is anything else but an answer.");
        Console.WriteLine("clients  service                      requests/s     p50 ms     p99 ms  answered  refused  failed  resident MiB");
        foreach (((int clients, string name), List<Round> list) in rounds)
        {
            string times = $"{Median(list, r => r.Load.RequestsPerSecond),10:F1} {Median(list, r => r.Load.Median),10:F1} "
                + $"{Median(list, r => r.Load.NinetyNinth),10:F1}";
            string counts = $"{list.Sum(r => r.Load.Answered),9} {list.Sum(r => r.Load.Refused),8} {list.Sum(r => r.Load.Failed),7}";
            Console.WriteLine($"{clients,7}  {name,-27} {times} {counts} {Median(list, r => r.Mebibytes),13:F0}");
        }
        Console.WriteLine("RESULT " + string.Join(' ', _clients.Select(clients => $"throughput_{clients}={Throughput(clients):F2}"))
            + $" p99_64={Peer(64, r => r.Load.NinetyNinth):F2} memory={Peer(64, r => r.Mebibytes):F2}");

        double Throughput(int clients) => 1 / Peer(clients, r => r.Load.RequestsPerSecond);

        // The peer's value for one of the engine's.
        double Peer(int clients, Func<Round, double> value) =>
            Median(rounds[(clients, Torch)], value) / Median(rounds[(clients, Engine)], value);
    }

    private static double Median(List<Round> rounds, Func<Round, double> value) => rounds.Select(value).Order().ElementAt(rounds.Count / 2);
}
