using System.Runtime.InteropServices;

namespace Microsoft.ML.Snn.Mpi.Libraries;

/// <summary>
/// What differs between the binary interfaces of MPI libraries, of what is used here: how wide a handle is, and the handles that are there
/// from the beginning, and how thread levels are numbered. Another interface is another entry of <see cref="All"/>.
/// </summary>
/// <param name="Kind">Whose it is.</param>
/// <param name="Mark">A symbol by which such a library is known.</param>
/// <param name="FileNames">Of its library on Linux, the likeliest first.</param>
/// <param name="HasPointers">Whether handles are addresses; otherwise they are of type int.</param>
/// <param name="World">MPI_COMM_WORLD: the handle, or the name of a symbol whose address it is.</param>
/// <param name="Byte">MPI_BYTE, likewise.</param>
/// <param name="ErrorsReturn">MPI_ERRORS_RETURN, likewise.</param>
/// <param name="ThreadSerialized">MPI_THREAD_SERIALIZED.</param>
/// <param name="ThreadMultiple">MPI_THREAD_MULTIPLE.</param>
internal sealed record MpiAbi(
    MpiKind Kind, string Mark, string[] FileNames, bool HasPointers, MpiHandle World, MpiHandle Byte, MpiHandle ErrorsReturn,
    int ThreadSerialized, int ThreadMultiple)
{
    private const string AbiVersion = "MPI_Abi_get_version";

    public static IReadOnlyList<MpiAbi> All { get; } =
    [
        new(MpiKind.OpenMpi, "ompi_mpi_comm_world", ["libmpi.so.40"], HasPointers: true,
            new("ompi_mpi_comm_world"), new("ompi_mpi_byte"), new("ompi_mpi_errors_return"), ThreadSerialized: 2, ThreadMultiple: 3),
        // MPICH's own name in Debian; that of its interface, which other libraries share, elsewhere.
        new(MpiKind.Mpich, "MPIR_Err_create_code", ["libmpich.so.12", "libmpi.so.12"], HasPointers: false,
            new(0x44000000), new(0x4c00010d), new(0x54000001), ThreadSerialized: 2, ThreadMultiple: 3),
        // MPI-5.0, chapter "Application Binary Interface".
        new(MpiKind.Standard, AbiVersion, ["libmpi_abi.so.0"], HasPointers: true,
            new(0x101), new(0x247), new(0x142), ThreadSerialized: 2048, ThreadMultiple: 4096),
    ];

    /// <summary>That of a library; null where it is none of these.</summary>
    public static MpiAbi? Of(nint library)
    {
        MpiAbi standard = All.Single(abi => abi.Kind == MpiKind.Standard);
        // First: a library of this interface may lead to another's symbols, of the library that does its work.
        if (HasStandardInterface(library))
            return standard;
        return All.FirstOrDefault(abi => abi != standard && NativeLibrary.TryGetExport(library, abi.Mark, out _));
    }

    /// <summary>Libraries with an interface of their own may have the function too: they give version -1.</summary>
    private static unsafe bool HasStandardInterface(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, AbiVersion, out nint function))
            return false;
        int major = -1, minor = -1;
        return ((delegate* unmanaged<int*, int*, int>)function)(&major, &minor) == 0 && major == 1;
    }

    /// <summary>A handle as an MPI function has written it.</summary>
    public unsafe nint Read(void* handle) => HasPointers ? *(nint*)handle : *(int*)handle;
}
