using System.Globalization;
using Microsoft.ML.Snn.Mpi.Libraries;

namespace Microsoft.ML.Snn.Mpi.Launching;

/// <summary>What has started this process, as its environment tells.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Kind">The MPI that it starts processes for; null where it may be any.</param>
/// <param name="Size">Processes that it has started together.</param>
/// <param name="Variable">That says so, for messages.</param>
internal sealed record Launcher(string Name, MpiKind? Kind, int Size, string Variable)
{
    /// <summary>Null for a process that nothing of the kind has started.</summary>
    /// <param name="variable">Gives an environment variable's value, or null.</param>
    public static Launcher? Find(Func<string, string?> variable)
    {
        return Of("Open MPI's mpirun", MpiKind.OpenMpi, "OMPI_COMM_WORLD_SIZE")
            // Slurm can speak the protocol of MPICH's launcher too, for any library; the first of these variables is the launcher's own.
            ?? (variable("MPI_LOCALNRANKS") is null ? null : Of("MPICH's mpirun", MpiKind.Mpich, "PMI_SIZE"))
            // Of the step, not of the job: a batch script that starts one process has one, whatever its job could have.
            ?? Of("Slurm's srun", null, "SLURM_STEP_NUM_TASKS")
            ?? Of("A launcher", null, "PMI_SIZE");

        Launcher? Of(string name, MpiKind? kind, string number) =>
            int.TryParse(variable(number), NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size > 0
                ? new(name, kind, size, number) : null;
    }
}
