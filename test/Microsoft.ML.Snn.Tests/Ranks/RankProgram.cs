using System.Diagnostics;
using Microsoft.ML.Snn.Tests.Training;
using Microsoft.ML.Snn.Training.Checkpoints;

namespace Microsoft.ML.Snn.Tests.Ranks;

/// <summary>What a process does that <see cref="MpiLaunches"/> has started by mpirun: this program, with this test alone.</summary>
public class RankProgram
{
    /// <summary>Environment variables: what to do, and where to write it.</summary>
    public const string Scenario = "SNNML_MPI_SCENARIO", Folder = "SNNML_MPI_FOLDER", Library = "SNNML_MPI_LIBRARY";

    [Fact]
    public void Does_what_the_environment_asks_for()
    {
        string? scenario = Environment.GetEnvironmentVariable(Scenario);
        Assert.SkipWhen(scenario is null, "This is the program of another test, which starts it by mpirun.");
        switch (scenario)
        {
            case "foreign":
                var e = Assert.Throws<InvalidOperationException>(() => MpiCommunicator.Start(Environment.GetEnvironmentVariable(Library)));
                Assert.Contains("each process would train by itself", e.Message);
                break;
            case "lone":
                Assert.Contains(
                    "has started 2 processes", Assert.Throws<InvalidOperationException>(() => MpiCommunicator.Start()).Message);
                break;
            default:
                using (MpiCommunicator mpi = MpiCommunicator.Start())
                    Train(mpi, scenario!);
                break;
        }
    }

    private static void Train(MpiCommunicator mpi, string scenario)
    {
        string folder = Environment.GetEnvironmentVariable(Folder)!;
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 3);
        options.Communicator = mpi;
        var losses = new List<double>();
        options.Progress = new ProgressOnThread(progress => losses.Add(progress.Loss));
        options.CheckpointFolder = Path.Combine(folder, "checkpoints");
        // Ranks' folders may be other machines': this one's own.
        IDataView data = RankedRun.Keyed(new MLContext(seed: 1), TinyImages.Rows(12));
        if (mpi.Rank == 1 && scenario == "failing")
            options.Communicator = new RankFailures.Failing(mpi, calls: 4) { Overlaps = true };
        else if (mpi.Rank == 1 && scenario == "dying")
            options.Communicator = new RankFailures.Failing(mpi, calls: 4, Process.GetCurrentProcess().Kill) { Overlaps = true };
        else if (scenario == "afterwards")
            options.Communicator = new OverlappedGradients.Passing(mpi);
        if (scenario is "overlapped" or "afterwards")
            options.Architecture = OverlappedGradients.Wide;
        using (TrainingCommunicator? second = mpi.Duplicate())
            Assert.NotNull(second);
        SpikingNetwork network = new MLContext(seed: 1).MulticlassClassification.Trainers.SpikingResNet(options).Fit(data).Model.Network;
        // MPI has left .NET's own signals alone.
        Assert.Throws<NullReferenceException>(() => ((string)null!).Length);
        File.WriteAllText(Path.Combine(folder, $"host-{mpi.Rank}.txt"), Environment.MachineName);
        if (mpi.Rank == 0)
            File.WriteAllLines(Path.Combine(folder, "losses.txt"), losses.Select(loss => $"{loss:R}"));
        UInt128 hash = TensorHash.Of(RankedRun.WeightsOf(network).Select((values, i) => ($"{i}", values)));
        File.WriteAllText(Path.Combine(folder, $"rank-{mpi.Rank}.txt"), $"{mpi.Size} {hash:x32} {mpi.LibraryVersion}");
    }
}
