namespace Microsoft.ML.Snn.Mpi.Libraries;

/// <summary>Binary interfaces of MPI libraries.</summary>
internal enum MpiKind
{
    /// <summary>Open MPI's own; started by its launcher alone.</summary>
    OpenMpi,

    /// <summary>MPICH's own; started by its launcher alone.</summary>
    Mpich,

    /// <summary>That of the standard MPI-5.0, which any MPI may have; started by the launcher of that MPI.</summary>
    Standard,
}
