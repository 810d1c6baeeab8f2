using Microsoft.ML.Snn.Mpi.Launching;
using Microsoft.ML.Snn.Mpi.Libraries;

namespace Microsoft.ML.Snn.Tests.Ranks;

public class LauncherTests
{
    [Theory]
    [InlineData("OMPI_COMM_WORLD_SIZE=4", MpiKindOrNone.OpenMpi, 4)]
    [InlineData("PMI_SIZE=3 MPI_LOCALNRANKS=2", MpiKindOrNone.Mpich, 3)]
    // Slurm starts either.
    [InlineData("PMI_SIZE=3 SLURM_STEP_NUM_TASKS=3", MpiKindOrNone.Any, 3)]
    [InlineData("SLURM_STEP_NUM_TASKS=8 PMIX_RANK=1", MpiKindOrNone.Any, 8)]
    // Open MPI's mpirun in a job of Slurm.
    [InlineData("OMPI_COMM_WORLD_SIZE=4 SLURM_STEP_NUM_TASKS=2 SLURM_NTASKS=4", MpiKindOrNone.OpenMpi, 4)]
    [InlineData("PMI_SIZE=5", MpiKindOrNone.Any, 5)]
    public void The_environment_tells_the_launcher(string environment, MpiKindOrNone kind, int size)
    {
        Launcher launcher = Find(environment)!;
        Assert.Equal(size, launcher.Size);
        Assert.Equal(kind switch { MpiKindOrNone.OpenMpi => MpiKind.OpenMpi, MpiKindOrNone.Mpich => MpiKind.Mpich, _ => null }, launcher.Kind);
        Assert.Contains(launcher.Variable, environment);
    }

    [Theory]
    [InlineData("")]
    // A batch script that starts one process with its job's many tasks in the environment.
    [InlineData("SLURM_NTASKS=4")]
    [InlineData("PMI_SIZE=many")]
    public void Without_any_of_it_the_process_is_by_itself(string environment) => Assert.Null(Find(environment));

    private static Launcher? Find(string environment)
    {
        Dictionary<string, string> variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return Launcher.Find(name => variables.GetValueOrDefault(name));
    }

    public enum MpiKindOrNone
    {
        Any,
        OpenMpi,
        Mpich,
    }
}
