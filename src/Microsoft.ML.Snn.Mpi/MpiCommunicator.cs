using Microsoft.ML.Snn.Mpi.Launching;
using Microsoft.ML.Snn.Mpi.Libraries;

namespace Microsoft.ML.Snn;

/// <summary>
/// The processes that <c>mpirun</c> or <c>srun</c> has started together, on Open MPI (4 or 5), MPICH (and libraries with its binary
/// interface) or an MPI with the binary interface of MPI-5.0, on Linux.
/// </summary>
/// <remarks>
/// MPI waits at the end of the program until all processes have come there. So a program that catches an exception and ends in good order
/// calls <see cref="Abort"/> first; one that dies of it needs nothing, since its launcher ends the others.
/// </remarks>
/// <example>
/// <code>
/// using MpiCommunicator mpi = MpiCommunicator.Start();
/// var trainer = ml.MulticlassClassification.Trainers.SpikingResNet(new SpikingResNetTrainer.Options { Epochs = 20, Communicator = mpi });
/// ITransformer model = trainer.Fit(data);
/// if (mpi.Rank == 0)
///     ml.Model.Save(model, data.Schema, "model.zip");
/// </code>
/// </example>
public sealed class MpiCommunicator : TrainingCommunicator
{
    private readonly MpiLibrary _library;
    private readonly nint _communicator;
    private readonly bool _isDuplicate;
    private bool _isDisposed;

    private MpiCommunicator(MpiLibrary library, nint original, bool isDuplicate)
    {
        (_library, _isDuplicate) = (library, isDuplicate);
        LibraryVersion = library.Version();
        _communicator = library.Duplicate(original);
        (Rank, Size) = (library.Rank(_communicator), library.Size(_communicator));
    }

    /// <inheritdoc/>
    public override int Rank { get; }

    /// <inheritdoc/>
    public override int Size { get; }

    /// <summary>What the MPI library calls itself, such as <c>Open MPI v4.1.4</c>.</summary>
    public string LibraryVersion { get; }

    /// <summary>Starts MPI, which a process can do once; all processes of a launch do.</summary>
    /// <param name="library">
    /// Name or path of the MPI library. Null (default): that of the launcher, which its environment variables tell; without a launcher the
    /// first that is installed, with a single rank.
    /// </param>
    /// <exception cref="DllNotFoundException">There is no such library; the message says what to install.</exception>
    /// <exception cref="NotSupportedException">The library is of no kind that is known, or the system is not Linux.</exception>
    /// <exception cref="InvalidOperationException">
    /// MPI was started before; or the launcher has started several processes and this library takes itself to be alone, or is not the one
    /// that the launcher belongs to: each process would train by itself.
    /// </exception>
    public static MpiCommunicator Start(string? library = null)
    {
        if (!OperatingSystem.IsLinux())
            throw new NotSupportedException("Microsoft.ML.Snn.Mpi runs on Linux: the names of MPI libraries on other systems are not known to it.");
        using var handlers = new SignalHandlers();
        var launcher = Launcher.Find(Environment.GetEnvironmentVariable);
        MpiLibrary mpi = library is null ? Find(launcher) : MpiLibrary.TryLoad(library) ?? throw new DllNotFoundException(
            $"The MPI library '{library}' cannot be loaded. Leave the name out to get the launcher's, or give the path of its file.");
        // Whose MPI has the standard's interface does not show until its size does.
        if (launcher is { Kind: { } kind } && mpi.Abi.Kind is not MpiKind.Standard && mpi.Abi.Kind != kind)
        {
            throw new InvalidOperationException(
                $"{launcher.Name} has started this process ({launcher.Variable} is {launcher.Size}), but {mpi.Name} is {Name(mpi.Abi.Kind)}: each "
                + $"process would train by itself. Start it with the mpirun of {Name(mpi.Abi.Kind)}, or leave the library's name out.");
        }
        mpi.Start();
        var communicator = new MpiCommunicator(mpi, mpi.World, isDuplicate: false);
        if (launcher is not null && launcher.Size != communicator.Size)
        {
            string found = $"{launcher.Name} has started {launcher.Size} processes ({launcher.Variable}), but {communicator.LibraryVersion} "
                + $"({mpi.Name}) knows of {communicator.Size}";
            communicator.Dispose();
            throw new InvalidOperationException(
                $"{found}: each would train by itself. Start them with the mpirun of this MPI, or with srun --mpi=... as this MPI was built for.");
        }
        return communicator;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    /// <exception cref="IOException">MPI has failed.</exception>
    public override void Gather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (all.Length != (long)own.Length * Size)
            throw new ArgumentException($"{Size} ranks with {own.Length} bytes each do not fill {all.Length} bytes.", nameof(all));
        _library.Gather(own, all, _communicator, _isDuplicate);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    /// <exception cref="IOException">MPI has failed.</exception>
    public override void Exchange(ReadOnlySpan<byte> parts, Span<byte> received)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (parts.Length % Size != 0 || received.Length != parts.Length)
        {
            throw new ArgumentException(
                $"{parts.Length} and {received.Length} bytes are not the same number of parts for {Size} ranks.", nameof(received));
        }
        _library.Exchange(parts, received, parts.Length / Size, _communicator, _isDuplicate);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">MPI has failed.</exception>
    public override void Broadcast(Span<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _library.Broadcast(bytes, _communicator, _isDuplicate);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// There is one where MPI lets several threads call it at once (MPI_THREAD_MULTIPLE) on every rank, as Debian's do. Its calls wait
    /// in the background: they look every 100 microseconds whether they are done, and leave the core to what computes.
    /// </remarks>
    /// <exception cref="IOException">MPI has failed.</exception>
    public override TrainingCommunicator? Duplicate()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var threaded = new byte[Size];
        Gather([_library.IsThreaded ? (byte)1 : (byte)0], threaded);
        return threaded.AsSpan().Contains((byte)0) ? null : new MpiCommunicator(_library, _communicator, isDuplicate: true);
    }

    /// <summary>Writes the message to standard error and ends all processes, this one too, with a status that is not 0.</summary>
    /// <param name="message">Why.</param>
    public override void Abort(string message)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Console.Error.WriteLine(message);
        Console.Error.Flush();
        _library.Abort(_communicator);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _library.Free(_communicator);
        if (!_isDuplicate)
            _library.End();
    }

    private static MpiLibrary Find(Launcher? launcher)
    {
        MpiAbi[] abis = [.. MpiAbi.All.Where(abi => launcher?.Kind is null || abi.Kind == launcher.Kind || abi.Kind == MpiKind.Standard)];
        string[] names = [.. abis.SelectMany(abi => abi.FileNames)];
        foreach (string name in names)
        {
            if (MpiLibrary.TryLoad(name) is { } library)
                return library;
        }
        string files = string.Join(" or ", names);
        throw new DllNotFoundException(launcher is null
            ? $"There is no MPI library ({files}). Install Open MPI or MPICH (Debian: openmpi-bin or mpich), or train without a communicator."
            : $"{launcher.Name} has started this process ({launcher.Variable} is {launcher.Size}), but its library, {files}, cannot be loaded. "
                + "Install it on this machine, or give MpiCommunicator.Start its path.");
    }

    private static string Name(MpiKind kind) => kind == MpiKind.OpenMpi ? "Open MPI" : "MPICH";
}
