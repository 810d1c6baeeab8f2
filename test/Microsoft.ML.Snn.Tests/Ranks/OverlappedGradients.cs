using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Snn.Tests.Training;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Ranks;

/// <summary>Buckets that go from rank to rank on a second channel while the backward pass goes on.</summary>
public class OverlappedGradients
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(1);

    /// <summary>With 1.8 million parameters: a bucket is full long before the backward pass is at the stem.</summary>
    public static SpikingResNetArchitecture Wide { get; } = new() { Name = "Wide", Stem = new(8), Stages = [new(2, 256, 2)] };

    public static TheoryData<int, string> Cases()
    {
        var cases = new TheoryData<int, string>();
        foreach (int size in (int[])[1, 2, 4])
        {
            foreach (string variant in (string[])["plain", "recompute", "frozen", "shortGradients", "learned", "ownStatistics"])
                cases.Add(size, variant);
        }
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Have_the_bits_of_those_that_wait_for_the_end_of_the_backward_pass(int size, string variant)
    {
        Dictionary<string, float[]>[] after = Steps(size, variant, communicator => new Passing(communicator));
        Dictionary<string, float[]>[] overlapped = Steps(size, variant, communicator => communicator);
        Assert.All(after.Concat(overlapped), values =>
        {
            Assert.Equal(after[0].Keys, values.Keys);
            foreach ((string name, float[] expected) in after[0].Where(pair => variant != "ownStatistics" || !pair.Key.Contains("running")))
                Assert.True(expected.AsSpan().SequenceEqual(values[name]), name);
        });
    }

    /// <summary>Whose products' gradients torch makes float32.</summary>
    [Slow]
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Those_of_bfloat16_products_do_too(int size) =>
        Have_the_bits_of_those_that_wait_for_the_end_of_the_backward_pass(size, "bfloat16");

    [Fact]
    public void Are_on_their_way_before_the_backward_pass_is_over()
    {
        int gathers = 0;
        Steps(2, "plain", communicator => new Passing(communicator)
        {
            OnGather = () => gathers += communicator.Rank,
            Second = new Passing(communicator.Duplicate()!),
        }, steps: 1);
        // The last but one is the stem's tdBN in the backward pass; the last is the step's numbers.
        Steps(2, "plain", communicator =>
        {
            (var begun, int calls) = (new ManualResetEventSlim(), 0);
            return new Passing(communicator)
            {
                OnGather = () =>
                {
                    if (++calls == gathers - 1 && !begun.Wait(_limit))
                        throw new TimeoutException("No bucket has gone before the stem's statistics.");
                },
                Second = new Passing(communicator.Duplicate()!) { OnExchange = begun.Set },
            };
        }, steps: 1);
    }

    [Fact]
    public void Leave_neither_thread_nor_channel_when_the_training_is_done()
    {
        Passing[] seconds = new Passing[2];
        Exception?[] failures = RankedRun.Fail(
            2, out _,
            (options, rank) => options.EarlyPhases = [new(1, timeSteps: 1, scale: 0.5)],
            wrap: communicator => new Passing(communicator) { Second = seconds[communicator.Rank] = new(communicator.Duplicate()!) });
        Assert.All(failures, Assert.Null);
        Assert.All(seconds, second =>
        {
            // A thread a phase.
            Assert.Equal(2, second.Threads.Count);
            Assert.DoesNotContain(second.Threads, thread => thread.IsAlive);
            Assert.Equal(1, second.Disposals);
        });
    }

    [Fact]
    public void Wait_for_the_end_of_the_backward_pass_where_one_rank_has_no_second_channel()
    {
        Passing? second = null;
        Exception?[] failures = RankedRun.Fail(
            2, out _, wrap: communicator => new Passing(communicator)
            {
                Second = communicator.Rank == 1 ? null : second = new(communicator.Duplicate()!),
            });
        Assert.All(failures, Assert.Null);
        Assert.Empty(second!.Threads);
        Assert.Equal(1, second.Disposals);
    }

    [Theory]
    [InlineData("exchange")]
    [InlineData("statistics")]
    public void A_rank_that_fails_while_they_are_on_their_way_ends_the_run_of_all(string where)
    {
        Passing[] seconds = new Passing[3];
        Exception?[] failures = RankedRun.Fail(
            3, out string? abort, (options, rank) => options.Architecture = Wide,
            wrap: communicator =>
            {
                bool fails = communicator.Rank == 1;
                (var begun, Passing second) = (new ManualResetEventSlim(), new Passing(communicator.Duplicate()!));
                seconds[communicator.Rank] = second;
                second.OnExchange = () =>
                {
                    begun.Set();
                    if (fails && where == "exchange")
                        throw new IOException("The link is down.");
                };
                return new Passing(communicator)
                {
                    OnGather = () =>
                    {
                        if (fails && where == "statistics" && begun.IsSet)
                            throw new IOException("The link is down.");
                    },
                    Second = second,
                };
            });
        Assert.Equal("The link is down.", Assert.IsType<IOException>(failures[1]).Message);
        Assert.All([failures[0], failures[2]], failure => Assert.IsType<ThreadRanks.LostException>(failure));
        Assert.Equal("Rank 1 of 3 failed, and ends the training: The link is down.", abort);
        Assert.All(seconds.SelectMany(second => second.Threads), thread => Assert.True(thread.Join(_limit)));
    }

    /// <summary>Tensors and gradients of each rank after some steps.</summary>
    private static Dictionary<string, float[]>[] Steps(
        int size, string variant, Func<TrainingCommunicator, TrainingCommunicator> wrap, int steps = 2) => ThreadRanks.Run(size, communicator =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable mode = enable_grad();
        using var ranks = RankGroup.Of(wrap(communicator));
        ranks.OpenSecond();
        TrainingPlan plan = TinyImages.Plan(Options(variant)) with { Ranks = ranks };
        if (variant == "frozen")
            plan = plan with { Start = new(new(new Dictionary<string, float[]>(), new Dictionary<string, FoldedNormalization>()), 1, 1) };
        using var trainer = new PhaseTrainer(plan, plan.Phases[0]);
        for (int step = 0; step < steps; step++)
            trainer.Step(PartOf(ranks.Rank, ranks.Size), meanWeight: 1, step, learningRate: 1e-2);
        var values = trainer.Network.Tensors.ToDictionary(tensor => tensor.Name, tensor => Torch.TensorMemory.ToArray(tensor.Value));
        foreach ((string name, Parameter parameter) in trainer.Network.Parameters.Where(parameter => !trainer.Network.IsFrozen(parameter.Name)))
            values.Add(name + ".gradient", Torch.TensorMemory.ToArray(parameter.grad!));
        return values;
    });

    /// <summary>A rank's part of a batch of sixteen images of noise.</summary>
    private static Batch PartOf(int rank, int ranks)
    {
        (int start, int end) = (16 * rank / ranks, 16 * (rank + 1) / ranks);
        var part = new Batch(end - start, TinyImages.Length, 0) { Total = 16 };
        for (int i = 0; i < part.Count; i++)
        {
            var random = new Random(start + i);
            foreach (ref float value in part.Features.AsSpan(i * TinyImages.Length, TinyImages.Length))
                value = random.NextSingle() * 2 - 1;
            (part.Labels[i], part.Weights[i]) = (random.Next(3), 1);
        }
        return part;
    }

    private static SpikingResNetTrainer.Options Options(string variant)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.Architecture = Wide;
        switch (variant)
        {
            case "recompute":
                options.Memory = TrainingMemory.Recompute;
                break;
            case "bfloat16":
                (options.Precision, options.AllowEmulatedBFloat16) = (TrainingPrecision.BFloat16, true);
                break;
            case "shortGradients":
                options.ExchangePrecision = TrainingPrecision.BFloat16;
                break;
            case "learned":
                options.Neuron = new() { LearnDecay = NeuronLearning.PerChannel, LearnThreshold = NeuronLearning.PerLayer };
                break;
            case "ownStatistics":
                options.NormalizeOverRanks = false;
                break;
        }
        return options;
    }

    /// <summary>Passes everything on and tells of it; has a second channel only where it is given one.</summary>
    internal sealed class Passing(TrainingCommunicator inner) : TrainingCommunicator
    {
        /// <summary>That have called <see cref="Exchange"/>.</summary>
        public HashSet<Thread> Threads { get; } = [];

        public int Disposals { get; private set; }

        public Action? OnGather { get; init; }

        public Action? OnExchange { get; set; }

        public TrainingCommunicator? Second { get; init; }

        public override int Rank => inner.Rank;

        public override int Size => inner.Size;

        public override void Gather(ReadOnlySpan<byte> own, Span<byte> all)
        {
            OnGather?.Invoke();
            inner.Gather(own, all);
        }

        public override void Exchange(ReadOnlySpan<byte> parts, Span<byte> received)
        {
            Threads.Add(Thread.CurrentThread);
            OnExchange?.Invoke();
            inner.Exchange(parts, received);
        }

        public override void Broadcast(Span<byte> bytes) => inner.Broadcast(bytes);

        public override TrainingCommunicator? Duplicate() => Second;

        public override void Abort(string message) => inner.Abort(message);

        protected override void Dispose(bool disposing)
        {
            Disposals++;
            inner.Dispose();
        }
    }
}
