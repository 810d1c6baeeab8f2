using System.Diagnostics;
using StackExchange.Redis;

namespace Samples.Tests.StreamClustering;

/// <summary>A Redis of the test's own, in its memory alone.</summary>
internal sealed class RedisServer : IDisposable
{
    private const string Program = "/usr/bin/redis-server";

    private readonly Process _process;

    private RedisServer(Process process, string address) => (_process, Address) = (process, address);

    public static bool IsInstalled => File.Exists(Program);

    public string Address { get; }

    public static async Task<RedisServer> StartAsync()
    {
        string port = $"{RunningHost.FreePort()}";
        Process process = Process.Start(new ProcessStartInfo(
            Program, ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath()])
        {
            RedirectStandardOutput = true,
        })!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var server = new RedisServer(process, $"127.0.0.1:{port}");
        for (int tries = 0; ; tries++)
        {
            try
            {
                await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(server.Address);
                return server;
            }
            catch (RedisConnectionException) when (tries < 10)
            {
                await Task.Delay(200);
            }
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
