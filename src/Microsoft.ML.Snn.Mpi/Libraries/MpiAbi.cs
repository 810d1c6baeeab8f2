using System.Runtime.InteropServices;

namespace Microsoft.ML.Snn.Mpi.Libraries;

/// <summary>
/// What differs between the binary interfaces of MPI libraries, of what is used here: how wide a handle is, and the handles that are there
/// from the beginning. Another interface, such as that of the standard MPI-5.0, is another entry of <see cref="All"/>.
/// </summary>
/// <param name="Kind">Whose it is.</param>
/// <param name="Mark">A symbol that only such a library has.</param>
/// <param name="FileNames">Of its library on Linux, the likeliest first.</param>
/// <param name="HasPointers">Whether handles are addresses; otherwise they are of type int.</param>
/// <param name="World">MPI_COMM_WORLD: the handle, or the name of a symbol whose address it is.</param>
/// <param name="Byte">MPI_BYTE, likewise.</param>
/// <param name="ErrorsReturn">MPI_ERRORS_RETURN, likewise.</param>
internal sealed record MpiAbi(
    MpiKind Kind, string Mark, string[] FileNames, bool HasPointers, MpiHandle World, MpiHandle Byte, MpiHandle ErrorsReturn)
{
    public static IReadOnlyList<MpiAbi> All { get; } =
    [
        new(MpiKind.OpenMpi, "ompi_mpi_comm_world", ["libmpi.so.40"], HasPointers: true,
            new("ompi_mpi_comm_world"), new("ompi_mpi_byte"), new("ompi_mpi_errors_return")),
        // MPICH's own name in Debian; that of its interface, which other libraries share, elsewhere.
        new(MpiKind.Mpich, "MPIR_Err_create_code", ["libmpich.so.12", "libmpi.so.12"], HasPointers: false,
            new(0x44000000), new(0x4c00010d), new(0x54000001)),
    ];

    /// <summary>That of a library; null where it is none of these.</summary>
    public static MpiAbi? Of(nint library) => All.FirstOrDefault(abi => NativeLibrary.TryGetExport(library, abi.Mark, out _));

    /// <summary>A handle as an MPI function has written it.</summary>
    public unsafe nint Read(void* handle) => HasPointers ? *(nint*)handle : *(int*)handle;
}
