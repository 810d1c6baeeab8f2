using System.Diagnostics;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Ranks;

/// <summary>Real processes under real launchers: Debian's Open MPI and MPICH, where they are installed.</summary>
[Slow]
public sealed class MpiLaunches : IDisposable
{
    private const string OpenMpi = "Open MPI", Mpich = "MPICH";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(OpenMpi)]
    [InlineData(Mpich)]
    public void Two_processes_train_one_model_and_the_same_again(string mpi)
    {
        string[][] runs = [.. Enumerable.Range(0, 2).Select(i =>
        {
            string folder = Directory.CreateDirectory(Path.Combine(_folder.Path, $"{i}")).FullName;
            (int exitCode, string output) = Launch(mpi, "train", folder);
            Assert.True(exitCode == 0, output);
            return Directory.GetFiles(folder, "rank-*.txt").Order(StringComparer.Ordinal).Select(File.ReadAllText).ToArray();
        })];
        Assert.Equal(2, runs[0].Length);
        Assert.StartsWith("2 ", runs[0][0]);
        Assert.Contains(mpi, runs[0][0]);
        Assert.All(runs, run => Assert.All(run, rank => Assert.Equal(runs[0][0], rank)));
    }

    [Theory]
    [InlineData(OpenMpi)]
    [InlineData(Mpich)]
    public void Gradients_that_go_during_the_backward_pass_make_the_model_of_those_that_go_afterwards(string mpi)
    {
        string[] models = [.. new[] { "overlapped", "afterwards" }.Select(scenario =>
        {
            string folder = Directory.CreateDirectory(Path.Combine(_folder.Path, scenario)).FullName;
            (int exitCode, string output) = Launch(mpi, scenario, folder);
            Assert.True(exitCode == 0, output);
            return File.ReadAllText(Path.Combine(folder, "rank-0.txt"));
        })];
        Assert.Equal(models[0], models[1]);
    }

    [Theory]
    [InlineData(OpenMpi, "dying")]
    [InlineData(OpenMpi, "failing")]
    [InlineData(Mpich, "dying")]
    [InlineData(Mpich, "failing")]
    public void A_rank_that_is_lost_ends_the_run_and_the_last_checkpoint_stands(string mpi, string how)
    {
        (int exitCode, string output) = Launch(mpi, how, _folder.Path);
        Assert.NotEqual(0, exitCode);
        if (how == "failing")
            Assert.Contains("Rank 1 of 2 failed, and ends the training: The link is down.", output);
        Assert.Empty(Directory.GetFiles(_folder.Path, "rank-*.txt"));
        string checkpoint = Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "checkpoints"), "*.checkpoint"));
        long length = new FileInfo(checkpoint).Length;
        Assert.True(length > 1000, $"{length} bytes");
        // It goes on from there.
        (exitCode, output) = Launch(mpi, "train", _folder.Path);
        Assert.True(exitCode == 0, output);
        Assert.Equal(2, Directory.GetFiles(_folder.Path, "rank-*.txt").Length);
    }

    /// <summary>Over TCP and a link of 1 Gb/s, between processes that have no memory in common.</summary>
    [Theory]
    [InlineData(OpenMpi)]
    [InlineData(Mpich)]
    public void On_two_hosts_they_train_what_they_train_on_one(string mpi)
    {
        string launcher = Find(mpi);
        using NetworkHosts? hosts = NetworkHosts.TryCreate(_folder.Path, 1000, out string reason);
        Assert.SkipWhen(hosts is null, reason);
        string near = Directory.CreateDirectory(Path.Combine(_folder.Path, "near")).FullName;
        string far = Directory.CreateDirectory(Path.Combine(_folder.Path, "far")).FullName;
        (int exitCode, string output) = Launch(mpi, "overlapped", near);
        Assert.True(exitCode == 0, output);
        ProcessStartInfo start = hosts!.Launch(launcher, mpi == OpenMpi, ["dotnet", .. Program()]);
        (exitCode, output) = Run(start, far, "overlapped");
        Assert.True(exitCode == 0, output);
        foreach (string file in (string[])["rank-0.txt", "rank-1.txt", "losses.txt"])
            Assert.Equal(File.ReadAllText(Path.Combine(near, file)), File.ReadAllText(Path.Combine(far, file)));
        Assert.Equal([hosts.First, hosts.Second], Enumerable.Range(0, 2).Select(rank => File.ReadAllText(Path.Combine(far, $"host-{rank}.txt"))));
        // Gradients of 7 MB a step, of 9 steps, have gone over the link, not by some way around it.
        Assert.InRange(hosts.BytesSent, 60_000_000, 100_000_000);
    }

    [Theory]
    [InlineData(OpenMpi, "libmpich.so.12")]
    [InlineData(Mpich, "libmpi.so.40")]
    public void The_library_of_another_MPI_than_the_launchers_is_refused(string mpi, string library)
    {
        Assert.SkipUnless(System.Runtime.InteropServices.NativeLibrary.TryLoad(library, out _), $"{library} is not installed.");
        (int exitCode, string output) = Launch(mpi, "foreign", _folder.Path, (RankProgram.Library, library));
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public void Processes_that_MPI_takes_for_lone_ones_are_refused()
    {
        Find(OpenMpi);
        (int exitCode, string output) = Run("dotnet", Program(), _folder.Path, "lone", ("OMPI_COMM_WORLD_SIZE", "2"));
        Assert.True(exitCode == 0, output);
    }

    private static string[] Program() =>
        [Path.Combine(AppContext.BaseDirectory, "Microsoft.ML.Snn.Tests.dll"), "-class", typeof(RankProgram).FullName!, "-noLogo"];

    private static (int ExitCode, string Output) Launch(string mpi, string scenario, string folder, params (string, string)[] environment)
    {
        string launcher = Find(mpi);
        string[] arguments = mpi == OpenMpi ? ["-n", "2", "--oversubscribe", "--bind-to", "none", "dotnet"] : ["-n", "2", "dotnet"];
        return Run(launcher, [.. arguments, .. Program()], folder, scenario, environment);
    }

    /// <summary>The launcher's path; skips the test where it is not installed.</summary>
    private static string Find(string mpi)
    {
        string name = mpi == OpenMpi ? "mpirun.openmpi" : "mpirun.mpich", package = mpi == OpenMpi ? "openmpi-bin" : "mpich";
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"{name} is not installed (Debian: {package}).");
        return path!;
    }

    private static (int ExitCode, string Output) Run(
        string program, string[] arguments, string folder, string scenario, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment.Concat(
        [
            ("OMP_NUM_THREADS", "1"), ("OMPI_ALLOW_RUN_AS_ROOT", "1"), ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"),
            // Those of a machine without any network too.
            ("OMPI_MCA_btl", "self,vader"),
        ]))
        {
            start.Environment[name] = value;
        }
        return Run(start, folder, scenario);
    }

    private static (int ExitCode, string Output) Run(ProcessStartInfo start, string folder, string scenario)
    {
        (start.Environment[RankProgram.Scenario], start.Environment[RankProgram.Folder]) = (scenario, folder);
        using var process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
