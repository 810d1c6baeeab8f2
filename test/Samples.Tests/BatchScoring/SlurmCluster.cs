using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Samples.Tests.BatchScoring;

/// <summary>
/// A Slurm of one node on this machine: munged, slurmctld and slurmd, without systemd or cgroups, in a folder of its own.
/// </summary>
internal sealed class SlurmCluster : IDisposable
{
    private static readonly string[] _daemons = ["slurmd", "slurmctld", "munged"];

    private readonly string _folder = Directory.CreateTempSubdirectory("snnml-slurm-").FullName;

    private SlurmCluster()
    {
    }

    /// <summary>Starts it and waits until its node is idle; says why where that cannot be.</summary>
    public static SlurmCluster? TryStart(int processors, out string reason)
    {
        reason = "Slurm is tested on Linux, by root, with Debian's slurm-wlm and munge.";
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || !_daemons.All(IsInstalled))
            return null;
        var cluster = new SlurmCluster();
        reason = cluster.Start(processors);
        if (reason.Length == 0)
            return cluster;
        cluster.Dispose();
        return null;
    }

    /// <summary>Runs one of Slurm's commands.</summary>
    public (int ExitCode, string Output) Run(string program, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder,
        };
        start.Environment["SLURM_CONF"] = In("slurm.conf");
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    /// <summary>The same, where it must succeed.</summary>
    public string Run(string program, params string[] arguments)
    {
        (int exitCode, string output) = Run(program, new Dictionary<string, string>(), arguments);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)}: {output}");
        return output;
    }

    public void Dispose()
    {
        foreach (string daemon in _daemons)
        {
            try
            {
                int id = int.Parse(File.ReadAllText(In($"{daemon}.pid")), CultureInfo.InvariantCulture);
                using var process = Process.GetProcessById(id);
                process.Kill();
                process.WaitForExit();
            }
            catch (Exception e) when (e is IOException or FormatException or ArgumentException or InvalidOperationException)
            {
                // It did not start, or has ended.
            }
        }
        Directory.Delete(_folder, recursive: true);
    }

    /// <returns>Why it did not start; empty where it did.</returns>
    private string Start(int processors)
    {
        File.WriteAllBytes(In("munge.key"), RandomNumberGenerator.GetBytes(1024));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(In("munge.key"), UnixFileMode.UserRead);
        Directory.CreateDirectory(In("state"));
        Directory.CreateDirectory(In("spool"));
        string host = Dns.GetHostName().Split('.')[0];
        File.WriteAllText(In("slurm.conf"), $"""
            ClusterName=snnml
            SlurmctldHost={host}(127.0.0.1)
            SlurmUser=root
            SlurmdUser=root
            AuthType=auth/munge
            AuthInfo=socket={In("munge.sock")}
            SlurmctldPort={FreePort()}
            SlurmdPort={FreePort()}
            StateSaveLocation={In("state")}
            SlurmdSpoolDir={In("spool")}
            SlurmctldPidFile={In("slurmctld.pid")}
            SlurmdPidFile={In("slurmd.pid")}
            SlurmctldLogFile={In("slurmctld.log")}
            SlurmdLogFile={In("slurmd.log")}
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            JobAcctGatherType=jobacct_gather/none
            AccountingStorageType=accounting_storage/none
            MpiDefault=none
            ReturnToService=2
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU
            SlurmdParameters=config_overrides
            NodeName={host} NodeAddr=127.0.0.1 CPUs={processors} State=UNKNOWN
            PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP

            """);
        (string Program, string[] Arguments)[] starts =
        [
            ("munged",
            [
                "--force", $"--key-file={In("munge.key")}", $"--socket={In("munge.sock")}", $"--pid-file={In("munged.pid")}",
                $"--log-file={In("munged.log")}", $"--seed-file={In("munge.seed")}",
            ]),
            ("slurmctld", ["-f", In("slurm.conf")]),
            ("slurmd", ["-f", In("slurm.conf")]),
        ];
        foreach ((string program, string[] arguments) in starts)
        {
            if (Run(program, new Dictionary<string, string>(), arguments) is (not 0, var output))
                return $"Slurm does not start here: {program}: {output}";
        }
        string state = "";
        for (int tries = 0; tries < 120; tries++)
        {
            state = Run("sinfo", new Dictionary<string, string>(), "--noheader", "--format=%T").Output.Trim();
            if (state == "idle")
                return "";
            Thread.Sleep(500);
        }
        return $"Slurm's node does not get ready here: {state}";
    }

    private static bool IsInstalled(string program) =>
        ((string[])["/usr/sbin", "/usr/bin", "/sbin"]).Any(folder => File.Exists(Path.Combine(folder, program)));

    private string In(string name) => Path.Combine(_folder, name);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
