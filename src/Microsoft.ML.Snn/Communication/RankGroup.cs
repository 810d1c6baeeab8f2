using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Snn.Communication;

/// <summary>
/// The ranks of one training as this one sees them: sums whose order is that of the ranks, what rank 0 tells the others, and failures that
/// all of them learn of. Of a rank that is alone it asks nothing.
/// </summary>
internal sealed class RankGroup : IDisposable
{
    // Among more ranks, each adds a part and gathers the sums of the others: two steps, but not a copy of everything from everybody.
    private const int MostThatGather = 8;

    private const int BroadcastBytes = 1 << 28;

    private readonly TrainingCommunicator? _communicator;
    private bool _isAbandoned;

    private RankGroup(TrainingCommunicator? communicator) => _communicator = communicator;

    /// <summary>Rank 0 of one.</summary>
    public static RankGroup Alone { get; } = new(null);

    public int Rank => _communicator?.Rank ?? 0;

    /// <summary>At least 1.</summary>
    public int Size => _communicator?.Size ?? 1;

    public bool IsAlone => _communicator is null;

    /// <summary>Whether this is the rank that logs, reports, validates and keeps checkpoints.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>The same ranks on a channel of its own, for another thread; null where there is none.</summary>
    public RankGroup? Second { get; private set; }

    /// <summary>Whether the exception that is on its way is on its way on every rank: nobody waits for this one.</summary>
    public bool HasFailedTogether { get; private set; }

    /// <param name="communicator">Null, or of one rank, for a training of its own.</param>
    public static RankGroup Of(TrainingCommunicator? communicator) =>
        communicator is null || communicator.Size == 1 ? new(null) : new(communicator);

    /// <summary>Opens <see cref="Second"/>, if every rank can.</summary>
    public void OpenSecond()
    {
        TrainingCommunicator? second = _communicator?.Duplicate();
        if (Sum([second is null ? 0 : 1])[0] == Size)
            Second = new(second);
        else
            second?.Dispose();
    }

    /// <summary>Closes <see cref="Second"/>; the communicator itself stays the user's.</summary>
    public void Dispose()
    {
        // Of an abandoned training a call may still be under way there.
        if (!_isAbandoned)
            Second?._communicator?.Dispose();
        Second = null;
    }

    /// <summary>Sums over the ranks, added in their order: the same bits on each of them, and each time.</summary>
    public double[] Sum(ReadOnlySpan<double> own)
    {
        if (_communicator is null)
            return own.ToArray();
        var total = new double[own.Length];
        if (Size <= MostThatGather)
        {
            var all = new double[own.Length * Size];
            _communicator.Gather(MemoryMarshal.AsBytes(own), MemoryMarshal.AsBytes(all.AsSpan()));
            AddParts(all, total);
            return total;
        }
        int part = (own.Length + Size - 1) / Size;
        double[] padded = new double[part * Size], received = new double[part * Size], sums = new double[part];
        own.CopyTo(padded);
        _communicator.Exchange(MemoryMarshal.AsBytes(padded.AsSpan()), MemoryMarshal.AsBytes(received.AsSpan()));
        AddParts(received, sums);
        _communicator.Gather(MemoryMarshal.AsBytes(sums.AsSpan()), MemoryMarshal.AsBytes(padded.AsSpan()));
        padded.AsSpan(0, own.Length).CopyTo(total);
        return total;
    }

    /// <summary>As <see cref="TrainingCommunicator.Gather"/>, for bytes of any length on each rank.</summary>
    public byte[][] Gather(ReadOnlySpan<byte> own)
    {
        if (_communicator is null)
            return [own.ToArray()];
        var lengths = new int[Size];
        _communicator.Gather(MemoryMarshal.AsBytes<int>([own.Length]), MemoryMarshal.AsBytes(lengths.AsSpan()));
        int longest = lengths.Max();
        if (longest == 0)
            return [.. lengths.Select(_ => Array.Empty<byte>())];
        byte[] padded = new byte[longest], all = new byte[longest * Size];
        own.CopyTo(padded);
        _communicator.Gather(padded, all);
        return [.. lengths.Select((length, rank) => all.AsSpan(rank * longest, length).ToArray())];
    }

    /// <summary>As <see cref="TrainingCommunicator.Gather"/>.</summary>
    public void Gather<T>(ReadOnlySpan<T> own, Span<T> all)
        where T : unmanaged
    {
        if (_communicator is null)
            own.CopyTo(all);
        else
            _communicator.Gather(MemoryMarshal.AsBytes(own), MemoryMarshal.AsBytes(all));
    }

    /// <summary>As <see cref="TrainingCommunicator.Exchange"/>.</summary>
    public void Exchange<T>(ReadOnlySpan<T> parts, Span<T> received)
        where T : unmanaged
    {
        if (_communicator is null)
            parts.CopyTo(received);
        else
            _communicator.Exchange(MemoryMarshal.AsBytes(parts), MemoryMarshal.AsBytes(received));
    }

    /// <summary>What rank 0 has.</summary>
    /// <param name="own">Read on rank 0 only.</param>
    public byte[] FromFirst(byte[]? own)
    {
        if (_communicator is null)
            return own!;
        Span<int> length = [own?.Length ?? 0];
        _communicator.Broadcast(MemoryMarshal.AsBytes(length));
        byte[] bytes = IsFirst ? own! : new byte[length[0]];
        for (int start = 0; start < bytes.Length; start += BroadcastBytes)
            _communicator.Broadcast(bytes.AsSpan(start, Math.Min(BroadcastBytes, bytes.Length - start)));
        return bytes;
    }

    /// <summary>
    /// Runs on each rank what may fail on some of them, and in which nothing is asked of the others. Where it has failed on one, it fails
    /// on all: here with this rank's own exception, or else with what another rank's says.
    /// </summary>
    /// <exception cref="OperationCanceledException">Another rank was canceled.</exception>
    /// <exception cref="InvalidOperationException">Another rank has failed: the message says which, and how.</exception>
    public T Together<T>(Func<T> action)
    {
        if (_communicator is null)
            return action();
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        try
        {
            result = action();
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }
        const string Canceled = "0", Failed = "1";
        string own = failure is null ? ""
            : (failure.SourceException is OperationCanceledException ? Canceled : Failed) + failure.SourceException.Message;
        string[] messages = [.. Gather(Encoding.UTF8.GetBytes(own)).Select(Encoding.UTF8.GetString)];
        int first = Array.FindIndex(messages, message => message.Length > 0);
        if (first < 0)
            return result;
        HasFailedTogether = true;
        failure?.Throw();
        string reason = messages[first][1..];
        throw messages[first].StartsWith(Canceled, StringComparison.Ordinal)
            ? new OperationCanceledException($"The training was canceled on rank {first}.")
            : new InvalidOperationException($"Rank {first} of {Size} failed: {reason}");
    }

    /// <summary>The same for what gives nothing.</summary>
    public void Together(Action action) => Together(() =>
    {
        action();
        return true;
    });

    /// <summary>What the first rank has measured; null for nothing. The others wait, and fail where it fails.</summary>
    /// <param name="measure">Called on the first rank only.</param>
    public (double Loss, double Accuracy)? ValidationOfFirst(Func<(double Loss, double Accuracy)?> measure)
    {
        (double Loss, double Accuracy)? own = Together(() => IsFirst ? measure() : null);
        if (_communicator is null)
            return own;
        Span<double> values = [own is null ? 0 : 1, own?.Loss ?? 0, own?.Accuracy ?? 0];
        _communicator.Broadcast(MemoryMarshal.AsBytes(values));
        return values[0] == 0 ? null : (values[1], values[2]);
    }

    /// <summary>An exception to be thrown where every rank throws it.</summary>
    public Exception OnEachRank(Exception exception)
    {
        HasFailedTogether = true;
        return exception;
    }

    /// <summary>Ends the training on the other ranks, unless they know of the failure.</summary>
    public void Abandon(Exception cause)
    {
        if (HasFailedTogether)
            return;
        _isAbandoned = true;
        _communicator?.Abort($"Rank {Rank} of {Size} failed, and ends the training: {cause.Message}");
    }

    private static void AddParts(ReadOnlySpan<double> parts, Span<double> sums)
    {
        sums.Clear();
        for (int i = 0; i < parts.Length; i++)
            sums[i % sums.Length] += parts[i];
    }
}
