using System.Runtime.ExceptionServices;

namespace Microsoft.ML.Snn.Tests.Ranks;

/// <summary>Ranks that are threads of this process, one behind the other: a communicator without any MPI.</summary>
internal sealed class ThreadRanks : IDisposable
{
    private readonly Barrier _barrier;
    private readonly CancellationTokenSource _aborted;
    private readonly byte[][] _slots;
    private readonly List<ThreadRanks> _duplicates = [];

    private ThreadRanks(int size, CancellationTokenSource aborted) => (_barrier, _slots, _aborted) = (new(size), new byte[size][], aborted);

    /// <summary>What a rank said when it ended the run for all; null where none did.</summary>
    public string? AbortMessage { get; private set; }

    /// <summary>Runs a function on so many ranks at once, and gives what each gives or throws.</summary>
    public static (T? Result, Exception? Failure)[] Try<T>(int size, Func<TrainingCommunicator, T> function, out string? abortMessage)
    {
        using var ranks = new ThreadRanks(size, new());
        var outcomes = new (T?, Exception?)[size];
        Thread[] threads = [.. Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                outcomes[rank] = (function(new Communicator(ranks, rank)), null);
            }
            catch (Exception e)
            {
                outcomes[rank] = (default, e);
                ranks._aborted.Cancel();
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        abortMessage = ranks.AbortMessage;
        return outcomes;
    }

    /// <summary>The same where none may fail.</summary>
    public static T[] Run<T>(int size, Func<TrainingCommunicator, T> function)
    {
        (T? Result, Exception? Failure)[] outcomes = Try(size, function, out _);
        foreach ((_, Exception? failure) in outcomes)
        {
            if (failure is not null and not LostException)
                ExceptionDispatchInfo.Throw(failure);
        }
        return [.. outcomes.Select(outcome => outcome.Result!)];
    }

    public void Dispose()
    {
        _barrier.Dispose();
        _aborted.Dispose();
    }

    /// <summary>What the ranks speak over when they have asked for so many duplicates.</summary>
    private ThreadRanks Duplicate(int number)
    {
        lock (_duplicates)
        {
            if (_duplicates.Count == number)
                _duplicates.Add(new(_slots.Length, _aborted));
            return _duplicates[number];
        }
    }

    private void Meet()
    {
        try
        {
            _barrier.SignalAndWait(_aborted.Token);
        }
        catch (OperationCanceledException)
        {
            throw new LostException();
        }
    }

    /// <summary>What a call ends with when another rank is gone.</summary>
    public sealed class LostException() : Exception("Another rank has ended.");

    private sealed class Communicator(ThreadRanks ranks, int rank) : TrainingCommunicator
    {
        private int _duplicates;

        public override int Rank => rank;

        public override int Size => ranks._slots.Length;

        public override void Gather(ReadOnlySpan<byte> own, Span<byte> all)
        {
            Assert.Equal(own.Length * Size, all.Length);
            Share(own);
            for (int other = 0; other < Size; other++)
                ranks._slots[other].CopyTo(all[(other * own.Length)..]);
            ranks.Meet();
        }

        public override void Exchange(ReadOnlySpan<byte> parts, Span<byte> received)
        {
            Assert.Equal(parts.Length, received.Length);
            Share(parts);
            int part = parts.Length / Size;
            for (int other = 0; other < Size; other++)
                ranks._slots[other].AsSpan(rank * part, part).CopyTo(received[(other * part)..]);
            ranks.Meet();
        }

        public override void Broadcast(Span<byte> bytes)
        {
            Share(bytes);
            ranks._slots[0].CopyTo(bytes);
            ranks.Meet();
        }

        public override TrainingCommunicator? Duplicate() => new Communicator(ranks.Duplicate(_duplicates++), rank);

        public override void Abort(string message)
        {
            ranks.AbortMessage ??= message;
            ranks._aborted.Cancel();
        }

        private void Share(ReadOnlySpan<byte> bytes)
        {
            ranks._slots[rank] = bytes.ToArray();
            ranks.Meet();
            // Different lengths would be calls that do not belong together.
            Assert.All(ranks._slots, slot => Assert.Equal(ranks._slots[rank].Length, slot.Length));
        }
    }
}
