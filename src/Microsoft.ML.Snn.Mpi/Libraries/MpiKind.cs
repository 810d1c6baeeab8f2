namespace Microsoft.ML.Snn.Mpi.Libraries;

/// <summary>MPI libraries that cannot talk to each other, nor be started by each other's launchers.</summary>
internal enum MpiKind
{
    OpenMpi,
    Mpich,
}
