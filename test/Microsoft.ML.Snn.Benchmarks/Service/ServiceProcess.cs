using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Snn.Benchmarks.Service;

/// <summary>A web service in a process of its own, on a free port of the loopback.</summary>
internal sealed partial class ServiceProcess : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;

    private ServiceProcess(Process process, Uri address)
    {
        _process = process;
        Client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue }) { BaseAddress = address };
    }

    /// <summary>A client of the service, for any number of requests at once.</summary>
    public HttpClient Client { get; }

    /// <summary>Memory that the process holds now, in MiB.</summary>
    public double ResidentMebibytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / (double)(1 << 20);
        }
    }

    /// <summary>Starts a service and waits until it has its model.</summary>
    /// <param name="command">The program's assembly and its first arguments.</param>
    /// <param name="model">The model's zip.</param>
    public static async Task<ServiceProcess> StartAsync(string[] command, string model)
    {
        // All clients have one address here: none is to be sent away for that.
        var start = new ProcessStartInfo("dotnet",
        [
            .. command, "--urls=http://127.0.0.1:0", $"--Service:Model={model}", "--Service:ClientRequestsPerSecond=1000000",
            "--Service:ClientUploads=1000", "--Service:ClientConnections=1000", "--Service:ClientPixelsPerSecond=1000000000",
        ])
        {
            RedirectStandardOutput = true,
        };
        // As web projects have it: the peer's host is none.
        start.Environment["DOTNET_gcServer"] = "1";
        Process process = Process.Start(start)!;
        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
                address.TrySetException(new InvalidOperationException($"'{string.Join(' ', command)}' ended before it listened."));
            else if (Address().Match(line.Data) is { Success: true } match)
                address.TrySetResult(new Uri(match.Value));
        };
        process.BeginOutputReadLine();
        try
        {
            var service = new ServiceProcess(process, await address.Task.WaitAsync(_patience));
            using HttpResponseMessage health = await service.Client.GetAsync("health");
            health.EnsureSuccessStatusCode();
            return service;
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
