using System.Diagnostics;

namespace Microsoft.ML.Snn.Tests.Ranks;

/// <summary>
/// Two hosts on this machine: network namespaces with a link of a given rate between them, where each has an address and a host name of
/// its own. MPI's launchers start processes on the second by a script in the place of ssh. Needs root, <c>ip</c> and <c>tc</c>.
/// </summary>
internal sealed class NetworkHosts : IDisposable
{
    public const string FirstAddress = "10.77.0.1", SecondAddress = "10.77.0.2";

    private const string Device = "wire";

    private readonly string _agent;

    private NetworkHosts(string first, string second, string folder)
    {
        (First, Second, _agent) = (first, second, Path.Combine(folder, "agent.sh"));
        // Host, then a command for its shell; MPICH puts options before.
        File.WriteAllText(_agent, $"""
            #!/bin/sh
            while [ "$1" = -x ]; do shift; done
            host={First}; [ "$1" = {SecondAddress} ] && host={Second}
            shift
            exec ip netns exec $host unshare --uts sh -c "hostname $host; $*"

            """);
        Read("chmod", "u+x", _agent);
    }

    /// <summary>Names of the hosts, and of their namespaces.</summary>
    public string First { get; }

    public string Second { get; }

    /// <summary>Bytes that the first host has sent over the link.</summary>
    public long BytesSent => long.Parse(Read("ip", "netns", "exec", First, "cat", $"/sys/class/net/{Device}/statistics/tx_bytes").Output);

    /// <summary>Two hosts, or null where the machine does not let us make any.</summary>
    /// <param name="folder">For a script.</param>
    /// <param name="megabits">The link's megabits a second, each way; null for what the kernel can do.</param>
    /// <param name="reason">Why there are none.</param>
    public static NetworkHosts? TryCreate(string folder, int? megabits, out string reason)
    {
        string name = $"snn{Environment.ProcessId}";
        (string first, string second) = ($"{name}a", $"{name}b");
        var hosts = new NetworkHosts(first, second, folder);
        List<string> commands =
        [
            $"ip netns add {first}",
            $"ip netns add {second}",
            $"ip link add {Device} netns {first} type veth peer name {Device} netns {second}",
            $"ip -n {first} address add {FirstAddress}/24 dev {Device}",
            $"ip -n {second} address add {SecondAddress}/24 dev {Device}",
        ];
        foreach (string host in (string[])[first, second])
        {
            commands.Add($"ip -n {host} link set lo up");
            commands.Add($"ip -n {host} link set {Device} up");
            if (megabits is { } rate)
                commands.Add($"tc -n {host} qdisc add dev {Device} root tbf rate {rate}mbit burst 256kb latency 20ms");
        }
        commands.Add($"ip netns exec {first} unshare --uts hostname {first}");
        foreach (string command in commands)
        {
            string[] words = command.Split(' ');
            (int exitCode, string output) = Read(words[0], words[1..]);
            if (exitCode == 0)
                continue;
            hosts.Dispose();
            reason = $"'{command}' is not possible here (it takes root, iproute2 and util-linux): {output.Trim()}";
            return null;
        }
        reason = "";
        return hosts;
    }

    /// <summary>A launcher's command for a process on each host.</summary>
    /// <param name="launcher">The path of Open MPI's or MPICH's mpirun.</param>
    /// <param name="isOpenMpi">Whether it is Open MPI's.</param>
    /// <param name="program">The command of each process.</param>
    public ProcessStartInfo Launch(string launcher, bool isOpenMpi, params string[] program)
    {
        string[] arguments = isOpenMpi
            ? [
                "-n", "2", "--host", $"{FirstAddress}:1,{SecondAddress}:1", "--bind-to", "none", "--mca", "plm_rsh_agent", _agent,
                "--mca", "btl", "self,tcp", "--mca", "btl_tcp_if_include", Device, "--mca", "oob_tcp_if_include", Device,
            ]
            : [
                "-n", "2", "-ppn", "1", "-hosts", $"{FirstAddress},{SecondAddress}", "-launcher", "ssh", "-launcher-exec", _agent,
                "-localhost", FirstAddress, "-iface", Device,
            ];
        return new("ip",
        [
            "netns", "exec", First, "unshare", "--uts", "sh", "-c", $"hostname {First}; exec \"$@\"", "sh", launcher, .. arguments, .. program,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["OMP_NUM_THREADS"] = "1",
                ["OMPI_ALLOW_RUN_AS_ROOT"] = "1",
                ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1",
                // MPICH's transport would see that both are one machine.
                ["UCX_TLS"] = "tcp,self",
                ["UCX_NET_DEVICES"] = Device,
            },
        };
    }

    public void Dispose()
    {
        // The link goes with them.
        Read("ip", "netns", "delete", First);
        Read("ip", "netns", "delete", Second);
    }

    private static (int ExitCode, string Output) Read(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + errors.Result);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}
