namespace Microsoft.ML.Snn;

/// <summary>
/// What the processes of one data-parallel training tell one another: give one to <see cref="SpikingResNetTrainer.Options.Communicator"/>.
/// The package Microsoft.ML.Snn.Mpi has one on MPI. It moves bytes and adds nothing up, so that sums do not depend on it.
/// </summary>
/// <remarks>
/// Every rank calls the same methods in the same order, with spans of the same lengths; each call returns when this rank's part is done.
/// Calls come one at a time, but not always from the same thread. A rank that is lost has to end the calls of the others: by an exception
/// or with their processes.
/// </remarks>
public abstract class TrainingCommunicator : IDisposable
{
    /// <summary>The number of this process, 0 to <see cref="Size"/> - 1.</summary>
    public abstract int Rank { get; }

    /// <summary>How many processes train together, at least 1.</summary>
    public abstract int Size { get; }

    /// <summary>Gives every rank what all ranks have.</summary>
    /// <param name="own">What this rank has.</param>
    /// <param name="all">What all have, in the order of their ranks: <see cref="Size"/> times as long.</param>
    public abstract void Gather(ReadOnlySpan<byte> own, Span<byte> all);

    /// <summary>Gives rank i the i-th part of what each rank has.</summary>
    /// <param name="parts">A part for each rank, in the order of ranks, all of one length.</param>
    /// <param name="received">What each rank has for this one, in the order of ranks: as long.</param>
    public abstract void Exchange(ReadOnlySpan<byte> parts, Span<byte> received);

    /// <summary>Gives every rank what rank 0 has.</summary>
    /// <param name="bytes">Read on rank 0, written on the others.</param>
    public abstract void Broadcast(Span<byte> bytes);

    /// <summary>
    /// A second communicator of the same ranks: another thread may call it while this one is being called, and calls of one never meet
    /// those of the other. Gradients then go from rank to rank while the backward pass goes on. Every rank asks at the same place, and
    /// disposes of it before this one. Null (default), on every rank: there is none, and gradients wait for the end of the backward pass.
    /// </summary>
    public virtual TrainingCommunicator? Duplicate() => null;

    /// <summary>
    /// Ends the training on all ranks, since this one cannot go on; an implementation may end their processes, and this one. Calls that
    /// go on, those of a duplicate too, end.
    /// </summary>
    /// <param name="message">Why, to be shown.</param>
    public abstract void Abort(string message);

    /// <summary>Leaves the others; nothing else may be called afterwards.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the communicator holds.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> has called it.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
