using System.Diagnostics;
using Microsoft.ML.Snn.Mpi.Libraries;

namespace Microsoft.ML.Snn.Tests.Ranks;

/// <summary>
/// The binary interface of MPI-5.0, as its chapter 20 numbers handles and thread levels, spoken to a library of one rank that knows it: of
/// this test, since no MPI of Debian has it.
/// </summary>
public sealed class StandardInterface : IDisposable
{
    /// <summary>Takes MPI_COMM_WORLD, MPI_BYTE and MPI_ERRORS_RETURN by the standard's numbers, and gives a handle of 64 bits.</summary>
    private const string Source = """
        #include <stdint.h>
        #include <string.h>
        #define WORLD ((void *)0x101)
        #define COPY ((void *)0x7123456789ab)
        #define BYTE ((void *)0x247)
        #define RETURN ((void *)0x142)
        #define IS(condition) return (condition) ? 0 : 5
        int ompi_mpi_comm_world, ompi_mpi_byte; /* as of a library beneath */
        static int returns;
        int MPI_Abi_get_version(int *major, int *minor) { *major = MAJOR; *minor = 0; return 0; }
        int MPI_Get_library_version(char *text, int *length) { strcpy(text, "Small MPI"); *length = 9; return 0; }
        int MPI_Initialized(int *flag) { *flag = 0; return 0; }
        int MPI_Init_thread(int *count, char ***words, int required, int *provided) { *provided = PROVIDED; IS(required == 4096); }
        int MPI_Finalize(void) { return 0; }
        int MPI_Comm_dup(void *from, void **to) { *to = COPY; IS(from == WORLD || from == COPY); }
        int MPI_Comm_set_errhandler(void *on, void *handler) { returns = 1; IS(on == COPY && handler == RETURN); }
        int MPI_Comm_rank(void *of, int *rank) { *rank = 0; IS(of == COPY); }
        int MPI_Comm_size(void *of, int *size) { *size = 1; IS(of == COPY); }
        int MPI_Comm_free(void **what) { IS(*what == COPY); }
        int MPI_Abort(void *on, int code) { return 0; }
        int MPI_Error_string(int code, char *text, int *length) { strcpy(text, "no such handle"); *length = 14; return 0; }
        int MPI_Test(void **request, int *flag, void *status)
        { memset(status, 0, 32); *flag = 1; IS(*request == (void *)0x7000000000ff); }
        static int all(const void *from, int count, void *type, void *to, int counts, void *types, void *on, void **request)
        {
            memcpy(to, from, count);
            *request = (void *)0x7000000000ff;
            IS(returns && type == BYTE && types == BYTE && count == counts && on == COPY);
        }
        int MPI_Iallgather(const void *from, int count, void *type, void *to, int counts, void *types, void *on, void **request)
        { return all(from, count, type, to, counts, types, on, request); }
        int MPI_Ialltoall(const void *from, int count, void *type, void *to, int counts, void *types, void *on, void **request)
        { return all(from, count, type, to, counts, types, on, request); }
        int MPI_Ibcast(void *bytes, int count, void *type, int root, void *on, void **request)
        { *request = (void *)0x7000000000ff; IS(type == BYTE && root == 0 && on == COPY); }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4096, true)]
    // MPI_THREAD_SERIALIZED: gradients wait for the end of the backward pass.
    [InlineData(2048, false)]
    public void Is_spoken_by_its_own_numbers(int threads, bool overlaps)
    {
        using MpiCommunicator mpi = MpiCommunicator.Start(Build(threads, version: 1));
        Assert.Equal(("Small MPI", 0, 1), (mpi.LibraryVersion, mpi.Rank, mpi.Size));
        byte[] received = new byte[3];
        mpi.Gather([1, 2, 3], received);
        Assert.Equal([1, 2, 3], received);
        mpi.Exchange([4, 5, 6], received);
        Assert.Equal([4, 5, 6], received);
        mpi.Broadcast(received);
        using TrainingCommunicator? second = mpi.Duplicate();
        Assert.Equal(overlaps, second is not null);
        second?.Exchange([7, 8, 9], received);
    }

    [Fact]
    public void A_library_for_one_thread_is_refused() => Assert.Contains(
        "first thread only", Assert.Throws<InvalidOperationException>(() => MpiCommunicator.Start(Build(1024, version: 1))).Message);

    /// <summary>Open MPI 6 has the function in its own library too, where it gives -1.</summary>
    [Fact]
    public void A_library_that_says_it_has_another_is_not_taken_for_it()
    {
        Assert.Equal(MpiKind.Standard, MpiLibrary.TryLoad(Build(4096, version: 1))!.Abi.Kind);
        Assert.Equal(MpiKind.OpenMpi, MpiLibrary.TryLoad(Build(4096, version: -1))!.Abi.Kind);
    }

    /// <summary>The library's path; skips the test where there is no compiler.</summary>
    private string Build(int threads, int version)
    {
        string source = Path.Combine(_folder.Path, "mpi.c"), library = Path.Combine(_folder.Path, $"libmpi_abi-{threads}-{version}.so");
        File.WriteAllText(source, Source);
        try
        {
            using var compiler = Process.Start(
                "gcc", ["-shared", "-fPIC", $"-DPROVIDED={threads}", $"-DMAJOR={version}", "-o", library, source]);
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("gcc is not installed.");
        }
        return library;
    }
}
