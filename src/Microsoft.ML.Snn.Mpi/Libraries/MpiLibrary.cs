using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Snn.Mpi.Libraries;

/// <summary>The functions of an MPI library that are used here, and its handles.</summary>
internal sealed unsafe class MpiLibrary
{
    // No less than any library's MPI_MAX_LIBRARY_VERSION_STRING, MPI_MAX_ERROR_STRING and MPI_Status.
    private const int TextBytes = 8192, StatusBytes = 64;

    // In the background a call that waits looks this often: seldom enough for those who compute, often enough for a message's few ways.
    private const uint BackgroundMicroseconds = 100;

    // As long as this, another call keeps a core busy, though it lets others have it; then it looks once in a millisecond.
    private static readonly TimeSpan _impatience = TimeSpan.FromMilliseconds(100);

    private static readonly delegate* unmanaged<uint, int> _sleep =
        (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "usleep");

    private readonly nint _library;
    private readonly delegate* unmanaged<void*, int*, void*, int> _test;
    private readonly delegate* unmanaged<void*, int, nint, void*, int, nint, nint, void*, int> _gather, _exchange;
    private readonly delegate* unmanaged<void*, int, nint, int, nint, void*, int> _broadcast;
    private readonly nint _byte;

    private MpiLibrary(nint library, MpiAbi abi, string name)
    {
        (_library, Abi, Name) = (library, abi, name);
        _test = (delegate* unmanaged<void*, int*, void*, int>)Function("MPI_Test");
        _gather = (delegate* unmanaged<void*, int, nint, void*, int, nint, nint, void*, int>)Function("MPI_Iallgather");
        _exchange = (delegate* unmanaged<void*, int, nint, void*, int, nint, nint, void*, int>)Function("MPI_Ialltoall");
        _broadcast = (delegate* unmanaged<void*, int, nint, int, nint, void*, int>)Function("MPI_Ibcast");
        _byte = abi.Byte.In(library);
    }

    public MpiAbi Abi { get; }

    /// <summary>Whether several threads may call it at once.</summary>
    public bool IsThreaded { get; private set; }

    /// <summary>The file's name, or its path.</summary>
    public string Name { get; }

    public nint World => Abi.World.In(_library);

    /// <summary>The library of this name or path, if it can be loaded.</summary>
    /// <exception cref="NotSupportedException">It is not an MPI library of a kind that is known here.</exception>
    public static MpiLibrary? TryLoad(string name)
    {
        if (!NativeLibrary.TryLoad(name, out nint library))
            return null;
        MpiAbi abi = MpiAbi.Of(library) ?? throw new NotSupportedException(
            $"{name} is neither Open MPI nor MPICH (nor a library with the binary interface of MPICH or of MPI-5.0), which are the MPIs that "
            + "are known here.");
        return new(library, abi, name);
    }

    /// <summary>What the library calls itself, on one line.</summary>
    public string Version()
    {
        byte* text = stackalloc byte[TextBytes];
        int length = 0;
        Check(((delegate* unmanaged<byte*, int*, int>)Function("MPI_Get_library_version"))(text, &length), "MPI_Get_library_version");
        return Encoding.UTF8.GetString(text, Math.Max(0, length)).TrimEnd('\0').Split('\n')[0].Trim();
    }

    /// <exception cref="InvalidOperationException">MPI was started or ended before in this process, or lets one thread call it only.</exception>
    public void Start()
    {
        int isStarted = 0, provided = 0;
        Check(((delegate* unmanaged<int*, int>)Function("MPI_Initialized"))(&isStarted), "MPI_Initialized");
        if (isStarted != 0)
            throw new InvalidOperationException("MPI can be started once in a process, and it was. Keep one communicator for all trainings.");
        Check(((delegate* unmanaged<int*, void*, int, int*, int>)Function("MPI_Init_thread"))(null, null, Abi.ThreadMultiple, &provided), "MPI_Init_thread");
        IsThreaded = provided >= Abi.ThreadMultiple;
        if (provided < Abi.ThreadSerialized)
        {
            throw new InvalidOperationException(
                $"{Version()} was built for calls from the process's first thread only. Install one that is built for threads.");
        }
    }

    public void End() => Check(((delegate* unmanaged<int>)Function("MPI_Finalize"))(), "MPI_Finalize");

    public int Rank(nint communicator) => Number("MPI_Comm_rank", communicator);

    public int Size(nint communicator) => Number("MPI_Comm_size", communicator);

    /// <summary>A communicator of the same ranks, whose messages meet no others, and whose errors come back.</summary>
    public nint Duplicate(nint communicator)
    {
        long handle = 0;
        Check(((delegate* unmanaged<nint, void*, int>)Function("MPI_Comm_dup"))(communicator, &handle), "MPI_Comm_dup");
        nint duplicate = Abi.Read(&handle);
        Check(
            ((delegate* unmanaged<nint, nint, int>)Function("MPI_Comm_set_errhandler"))(duplicate, Abi.ErrorsReturn.In(_library)),
            "MPI_Comm_set_errhandler");
        return duplicate;
    }

    public void Free(nint communicator)
    {
        long handle = communicator;
        Check(((delegate* unmanaged<void*, int>)Function("MPI_Comm_free"))(&handle), "MPI_Comm_free");
    }

    public void Abort(nint communicator) => ((delegate* unmanaged<nint, int, int>)Function("MPI_Abort"))(communicator, 1);

    public void Gather(ReadOnlySpan<byte> own, Span<byte> all, nint communicator, bool inBackground)
    {
        long request = 0;
        fixed (byte* from = own, to = all)
        {
            Check(_gather(from, own.Length, _byte, to, own.Length, _byte, communicator, &request), "MPI_Iallgather");
            Wait(&request, inBackground);
        }
    }

    public void Exchange(ReadOnlySpan<byte> parts, Span<byte> received, int part, nint communicator, bool inBackground)
    {
        long request = 0;
        fixed (byte* from = parts, to = received)
        {
            Check(_exchange(from, part, _byte, to, part, _byte, communicator, &request), "MPI_Ialltoall");
            Wait(&request, inBackground);
        }
    }

    public void Broadcast(Span<byte> bytes, nint communicator, bool inBackground)
    {
        long request = 0;
        fixed (byte* address = bytes)
        {
            Check(_broadcast(address, bytes.Length, _byte, 0, communicator, &request), "MPI_Ibcast");
            Wait(&request, inBackground);
        }
    }

    /// <summary>Waits, and leaves the core to others that could use it: MPI's own waits do not in every library.</summary>
    private void Wait(void* request, bool inBackground)
    {
        byte* status = stackalloc byte[StatusBytes];
        int isDone = 0;
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            Check(_test(request, &isDone, status), "MPI_Test");
            if (isDone != 0)
                return;
            if (inBackground)
                _sleep(BackgroundMicroseconds);
            else
                Thread.Sleep(Stopwatch.GetElapsedTime(start) < _impatience ? 0 : 1);
        }
    }

    private int Number(string function, nint communicator)
    {
        int number = 0;
        Check(((delegate* unmanaged<nint, int*, int>)Function(function))(communicator, &number), function);
        return number;
    }

    private void* Function(string name) => (void*)NativeLibrary.GetExport(_library, name);

    private void Check(int error, string function)
    {
        if (error == 0)
            return;
        byte* text = stackalloc byte[TextBytes];
        int length = 0;
        ((delegate* unmanaged<int, byte*, int*, int>)Function("MPI_Error_string"))(error, text, &length);
        throw new IOException($"{function} failed: {Encoding.UTF8.GetString(text, Math.Max(0, length))}");
    }
}
