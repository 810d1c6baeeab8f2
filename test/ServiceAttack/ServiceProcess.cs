using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ServiceAttack;

/// <summary>The service in a process of its own, on a free port of the loopback, with the limits that it has by default.</summary>
internal sealed partial class ServiceProcess : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _errors = [];

    private ServiceProcess(Process process) => _process = process;

    public Uri Address => _address.Task.Result;

    /// <summary>Memory that the process holds now, in MiB.</summary>
    public double ResidentMebibytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / (double)(1 << 20);
        }
    }

    public bool HasEnded => _process.HasExited;

    /// <summary>Lines of the log that tell of an error, other than of models that cannot be used.</summary>
    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (_errors)
                return [.. _errors];
        }
    }

    /// <summary>Starts the service and waits until it has its models.</summary>
    public static async Task<ServiceProcess> StartAsync(string pictures, string recordings)
    {
        var start = new ProcessStartInfo("dotnet",
        [
            Assembly(), "--urls=http://127.0.0.1:0", $"--Service:Model={pictures}", $"--Service:EventModel={recordings}",
            "--Service:ModelPolling=00:00:00.05",
        ])
        {
            RedirectStandardOutput = true,
        };
        var service = new ServiceProcess(new Process { StartInfo = start });
        service._process.OutputDataReceived += (_, line) => service.Read(line.Data);
        service._process.Start();
        service._process.BeginOutputReadLine();
        try
        {
            using var client = new HttpClient { BaseAddress = await service._address.Task.WaitAsync(_patience) };
            using HttpResponseMessage health = await client.GetAsync("health");
            health.EnsureSuccessStatusCode();
            return service;
        }
        catch
        {
            service.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>The sample's own build: src/Samples/WebApp/bin/[configuration]/[framework], beside test/[this or the tests]/bin/...</summary>
    private static string Assembly()
    {
        var target = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        string root = target.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(root, "src", "Samples", "WebApp", "bin", target.Parent.Name, target.Name, "WebApp.dll");
    }

    private void Read(string? line)
    {
        if (line is null)
            _address.TrySetException(new InvalidOperationException("The service ended before it listened."));
        else if (Listening().Match(line) is { Success: true } match)
            _address.TrySetResult(new Uri(match.Value));
        else if (Error().IsMatch(line) && !line.Contains("ModelLog", StringComparison.Ordinal))
            lock (_errors)
                _errors.Add(line);
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Listening();

    [GeneratedRegex("\"LogLevel\":\"(Error|Critical)\"")]
    private static partial Regex Error();
}
