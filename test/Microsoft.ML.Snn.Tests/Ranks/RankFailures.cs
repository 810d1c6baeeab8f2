using Microsoft.ML.Snn.Tests.Training;

namespace Microsoft.ML.Snn.Tests.Ranks;

/// <summary>Ranks that do not belong together, and ranks that fail.</summary>
public class RankFailures
{
    public static TheoryData<string, string> Mismatches() => new()
    {
        { "learning rate", "LearningRate is 0.05 on rank 0, 0.04 on rank 1" },
        { "data", "training is" },
        { "seed", "the seed is 7 on rank 0, 8 on rank 1" },
        { "classes", "classes is 3 on rank 0, 2 on rank 1" },
        { "optimizer", "Optimizer is" },
    };

    [Theory, MemberData(nameof(Mismatches))]
    public void Ranks_that_would_train_differently_are_refused_on_each_of_them_with_what_differs(string what, string message)
    {
        Exception?[] failures = RankedRun.Fail(
            2, out string? abort,
            (options, rank) =>
            {
                options.LearningRate = rank == 1 && what == "learning rate" ? 0.04 : 0.05;
                options.Seed = rank == 1 && what == "seed" ? 8 : 7;
                options.Optimizer = TinyImages.Optimizer(muon: rank == 1 && what == "optimizer");
            },
            rank => rank == 1 && what == "data" ? TinyImages.Rows(12, seed: 2) : rank == 1 && what == "classes" ? TinyImages.Rows(12)[..24] : TinyImages.Rows(12));
        Assert.All(failures, failure => Assert.Contains(message, Assert.IsType<InvalidOperationException>(failure).Message));
        Assert.Null(abort);
    }

    [Fact]
    public void A_batch_needs_a_sample_for_each_rank()
    {
        Exception?[] failures = RankedRun.Fail(4, out _, (options, rank) => options.BatchSize = 3);
        Assert.All(failures, failure => Assert.Contains("BatchSize", Assert.IsType<ArgumentOutOfRangeException>(failure).Message));
    }

    [Fact]
    public void What_fails_on_one_rank_at_the_start_fails_on_all_and_says_where()
    {
        TinyImages.Row[] bad = TinyImages.Rows(12);
        bad[5].Features[3] = float.NaN;
        Exception?[] failures = RankedRun.Fail(3, out string? abort, rows: rank => rank == 2 ? bad : TinyImages.Rows(12));
        Assert.StartsWith("Row 5 of feature column", Assert.IsType<InvalidOperationException>(failures[2]).Message);
        Assert.All(failures[..2], failure => Assert.StartsWith("Rank 2 of 3 failed: Row 5 of", Assert.IsType<InvalidOperationException>(failure).Message));
        Assert.Null(abort);
    }

    [Fact]
    public void A_training_canceled_on_one_rank_is_canceled_on_all()
    {
        using var user = new CancellationTokenSource();
        Exception?[] failures = RankedRun.Fail(2, out string? abort, (options, rank) =>
        {
            if (rank == 1)
                options.CancellationToken = user.Token;
            else
                options.Progress = new ProgressOnThread(progress => user.Cancel());
        });
        Assert.All(failures, failure => Assert.IsAssignableFrom<OperationCanceledException>(failure));
        Assert.Null(abort);
    }

    [Fact]
    public void A_training_that_diverges_says_so_on_each_rank()
    {
        Exception?[] failures = RankedRun.Fail(2, out string? abort, (options, rank) => options.LearningRate = 1e30);
        Assert.All(failures, failure => Assert.StartsWith("Training diverged", Assert.IsType<InvalidOperationException>(failure).Message));
        Assert.Null(abort);
    }

    [Fact]
    public void A_rank_that_fails_in_the_middle_of_a_step_ends_the_run_of_all()
    {
        Exception?[] failures = RankedRun.Fail(
            3, out string? abort, wrap: communicator => communicator.Rank == 1 ? new Failing(communicator, calls: 2) : communicator);
        Assert.Equal("The link is down.", failures[1]!.Message);
        Assert.All([failures[0], failures[2]], failure => Assert.IsType<ThreadRanks.LostException>(failure));
        Assert.Equal("Rank 1 of 3 failed, and ends the training: The link is down.", abort);
    }

    [Fact]
    public void Weights_that_come_apart_are_noticed_after_the_epoch()
    {
        Exception?[] failures = RankedRun.Fail(
            2, out string? abort, wrap: communicator => communicator.Rank == 1 ? new Flipping(communicator) : communicator);
        Assert.All(failures, failure => Assert.StartsWith(
            "After epoch 1 the weights of rank 1 are no longer those of rank 0", Assert.IsType<InvalidOperationException>(failure).Message));
        Assert.Null(abort);
    }

    /// <summary>Passes everything on, until an exchange fails, or does worse.</summary>
    internal class Failing(TrainingCommunicator inner, int calls, Action? fail = null) : TrainingCommunicator
    {
        private int _calls;

        /// <summary>Whether there is a second channel, which fails likewise.</summary>
        public bool Overlaps { get; init; }

        public override int Rank => inner.Rank;

        public override int Size => inner.Size;

        public override void Gather(ReadOnlySpan<byte> own, Span<byte> all) => inner.Gather(own, all);

        public override void Exchange(ReadOnlySpan<byte> parts, Span<byte> received)
        {
            if (++_calls == calls)
            {
                fail?.Invoke();
                throw new IOException("The link is down.");
            }
            inner.Exchange(parts, received);
        }

        public override void Broadcast(Span<byte> bytes) => inner.Broadcast(bytes);

        public override TrainingCommunicator? Duplicate() =>
            Overlaps && inner.Duplicate() is { } second ? new Failing(second, calls, fail) : null;

        public override void Abort(string message) => inner.Abort(message);
    }

    /// <summary>Changes the last bit of the gradients that one gather gives to one rank.</summary>
    private sealed class Flipping(TrainingCommunicator inner) : Failing(inner, calls: -1)
    {
        private bool _isAfterExchange, _isDone;

        public override void Exchange(ReadOnlySpan<byte> parts, Span<byte> received)
        {
            base.Exchange(parts, received);
            _isAfterExchange = true;
        }

        public override void Gather(ReadOnlySpan<byte> own, Span<byte> all)
        {
            base.Gather(own, all);
            if (_isAfterExchange && !_isDone)
                all[2] ^= 0x40;
            (_isAfterExchange, _isDone) = (false, _isDone || _isAfterExchange);
        }
    }
}
