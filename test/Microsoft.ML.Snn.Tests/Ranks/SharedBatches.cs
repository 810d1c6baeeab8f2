using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Network;
using Microsoft.ML.Snn.Tests.Training;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Ranks;

/// <summary>Ranks with slices of a batch against one rank with all of it: one step, gradients and statistics.</summary>
public class SharedBatches
{
    private const int Samples = 14, TimeSteps = 2;

    public static TheoryData<int, SpikingBlockKind, TrainingMemory, int> Cases() => new()
    {
        { 1, SpikingBlockKind.Basic, TrainingMemory.Store, 1 },
        { 2, SpikingBlockKind.Basic, TrainingMemory.Store, 1 },
        { 4, SpikingBlockKind.Bottleneck, TrainingMemory.Recompute, 1 },
        { 4, SpikingBlockKind.Plain, TrainingMemory.Store, 3 },
        { 3, SpikingBlockKind.Basic, TrainingMemory.Recompute, 3 },
        // So many that sums go part by part.
        { 11, SpikingBlockKind.Basic, TrainingMemory.Store, 1 },
    };

    /// <summary>In float64 nothing is left to rounding: the ranks' gradients add up to those of the batch.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void Gradients_in_float64_add_up_to_those_of_the_whole_batch(int size, SpikingBlockKind block, TrainingMemory memory, int maxSpikes)
    {
        Dictionary<string, double[]> whole = Step(1, ScalarType.Float64, block, memory, maxSpikes)[0];
        foreach (Dictionary<string, double[]> rank in Step(size, ScalarType.Float64, block, memory, maxSpikes))
        {
            foreach ((string name, double[] expected) in whole)
                AssertNear(expected, rank[name], 1e-9, name);
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Those_of_the_kernels_do_within_their_rounding(int size, SpikingBlockKind block, TrainingMemory memory, int maxSpikes)
    {
        Dictionary<string, double[]> whole = Step(1, ScalarType.Float32, block, memory, maxSpikes)[0];
        foreach (Dictionary<string, double[]> rank in Step(size, ScalarType.Float32, block, memory, maxSpikes))
        {
            foreach ((string name, double[] expected) in whole)
                AssertNear(expected, rank[name], 1e-5, name);
        }
    }

    /// <summary>A hidden layer without tdBN has no statistics to join.</summary>
    [Theory]
    [InlineData(ScalarType.Float64, 3, 1e-9)]
    [InlineData(ScalarType.Float32, 4, 1e-5)]
    public void So_they_do_with_a_head_of_windows_without_tdBN(ScalarType dtype, int size, double tolerance)
    {
        NetworkPlan plan = NetworkAgainstReference.Windows(window: 2, hidden: 6, isNormalized: false);
        Dictionary<string, double[]> whole = Step(1, dtype, plan, new(), TrainingMemory.Store)[0];
        Assert.Contains("head.hidden.bias", whole.Keys);
        foreach (Dictionary<string, double[]> rank in Step(size, dtype, plan, new(), TrainingMemory.Store))
        {
            foreach ((string name, double[] expected) in whole)
                AssertNear(expected, rank[name], tolerance, name);
        }
    }

    public static TheoryData<int, string> Variants() => new()
    {
        { 1, "plain" }, { 2, "plain" }, { 4, "plain" }, { 4, "weights" }, { 2, "penalty" }, { 4, "perStep" }, { 2, "teacher" }, { 4, "smoothing" },
        { 2, "distillation" }, { 3, "learned" }, { 2, "small" },
    };

    /// <summary>A step of the trainer itself, with all that the options add to the loss.</summary>
    [Theory, MemberData(nameof(Variants))]
    public void A_step_of_the_trainer_has_the_gradients_and_numbers_of_one_rank(int size, string variant)
    {
        (StepResult Result, Dictionary<string, double[]> Values) whole = TrainerStep(1, variant)[0];
        foreach ((StepResult result, Dictionary<string, double[]> values) in TrainerStep(size, variant))
        {
            Assert.Equal(whole.Result.Loss, result.Loss, 1e-5);
            Assert.Equal(whole.Result.Correct, result.Correct);
            foreach ((LayerFiringRate expected, LayerFiringRate rate) in whole.Result.FiringRates.Zip(result.FiringRates))
                Assert.Equal(expected.Rate, rate.Rate, 1e-9);
            foreach ((string name, double[] expected) in whole.Values)
                AssertNear(expected, values[name], 1e-5, name);
        }
    }

    [Fact]
    public void Without_the_option_each_rank_normalizes_by_its_own_samples_and_running_statistics_are_the_mean()
    {
        (StepResult, Dictionary<string, double[]> Values)[] ranks = TrainerStep(2, "ownStatistics");
        double[][] alone = [.. Enumerable.Range(0, 2).Select(rank => TrainerStep(1, "ownStatistics", (rank, 2))[0].Values["stem.norm.running_mean"])];
        double[] mean = [.. alone[0].Zip(alone[1], (a, b) => (a + b) / 2)];
        Assert.NotEqual(alone[0], alone[1]);
        Assert.All(ranks, rank => AssertNear(mean, rank.Values["stem.norm.running_mean"], 1e-6, "running mean"));
        Assert.Equal(ranks[0].Values["stem.conv.weight"], ranks[1].Values["stem.conv.weight"]);
    }

    private static void AssertNear(double[] expected, double[] actual, double tolerance, string name)
    {
        double scale = 1 + expected.Max(Math.Abs);
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * scale, $"{name}[{i}]: {expected[i]} and {actual[i]}");
    }

    /// <summary>Of each rank: the sums of gradients over all, and the running statistics.</summary>
    private static Dictionary<string, double[]>[] Step(int size, ScalarType dtype, SpikingBlockKind block, TrainingMemory memory, int maxSpikes)
    {
        (NetworkPlan plan, LifNeuronOptions neuron) = NetworkAgainstReference.Small(block, hidden: 6, detachReset: false);
        return Step(size, dtype, plan, neuron with { MaxSpikes = maxSpikes }, memory);
    }

    private static Dictionary<string, double[]>[] Step(
        int size, ScalarType dtype, NetworkPlan plan, LifNeuronOptions neuron, TrainingMemory memory) =>
        ThreadRanks.Run(size, communicator =>
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable mode = enable_grad();
            var ranks = RankGroup.Of(communicator);
            using var network = new TrainableNetwork(
                plan, neuron, 3, dtype: dtype, memory: memory, operationPenalty: 20, statisticsOver: ranks);
            (int start, int end) = (Samples * ranks.Rank / ranks.Size, Samples * (ranks.Rank + 1) / ranks.Size);
            Tensor input = NetworkAgainstReference.Values([TimeSteps, Samples, plan.Channels, plan.Height, plan.Width], 1)
                .narrow(1, start, end - start).to(dtype).contiguous();
            Tensor weights = NetworkAgainstReference.Values([TimeSteps, Samples, plan.Classes], 2).narrow(1, start, end - start).to(dtype);
            network.BatchShare = (end - start) / (double)Samples;
            network.Backward((network.Forward(input, TimeSteps, training: true) * weights).sum());
            var values = new Dictionary<string, double[]>();
            foreach ((string name, Parameter parameter) in network.Parameters)
                values[name] = ranks.Sum(Doubles(parameter.grad!));
            foreach ((string name, Tensor tensor) in network.Tensors.Where(tensor => !values.ContainsKey(tensor.Name)))
                values[name] = Doubles(tensor);
            return values;
        });

    private static (StepResult Result, Dictionary<string, double[]> Values)[] TrainerStep(
        int size, string variant, (int Rank, int Ranks)? slice = null) => ThreadRanks.Run(size, communicator =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable mode = enable_grad();
        using var ranks = RankGroup.Of(communicator);
        ranks.OpenSecond();
        SpikingResNetTrainer.Options options = Options(variant);
        TrainingPlan plan = TinyImages.Plan(options) with { Ranks = ranks };
        using var trainer = new PhaseTrainer(plan, plan.Phases[0]);
        Batch all = MakeBatch(16, variant == "teacher" ? 3 : 0);
        (int rank, int count) = slice ?? (ranks.Rank, ranks.Size);
        Batch batch = Slice(all, 16 * rank / count, 16 * (rank + 1) / count, slice is null);
        StepResult result = trainer.Step(batch, meanWeight: 1.5, step: 0, learningRate: 1e-3);
        var values = trainer.Network.Tensors.ToDictionary(tensor => tensor.Name, tensor => Doubles(tensor.Value));
        if (slice is null && variant != "ownStatistics")
        {
            foreach ((string name, Parameter parameter) in trainer.Network.Parameters)
                values[name + ".gradient"] = Doubles(parameter.grad!);
        }
        return (result, values);
    });

    private static SpikingResNetTrainer.Options Options(string variant)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        switch (variant)
        {
            case "weights":
                options.ExampleWeightColumnName = "Weight";
                break;
            case "penalty":
                options.SynapticOperationPenalty = 20;
                break;
            case "perStep":
                options.Loss = SpikingLoss.TemporalEfficientTraining(0.1);
                break;
            case "teacher":
                options.TeacherScoreColumnName = "Teacher";
                break;
            case "smoothing":
                options.LabelSmoothing = 0.2;
                break;
            case "distillation":
                options.SelfDistillation = new();
                break;
            case "learned":
                options.Neuron = new() { LearnDecay = NeuronLearning.PerChannel, LearnThreshold = NeuronLearning.PerLayer };
                break;
            case "small":
                options.EarlyPhases = [new(1, timeSteps: 1, scale: 0.5)];
                break;
            case "ownStatistics":
                options.NormalizeOverRanks = false;
                break;
        }
        return options;
    }

    private static Batch MakeBatch(int count, int teacher)
    {
        var random = new Random(4);
        var batch = new Batch(count, TinyImages.Length, teacher);
        for (int i = 0; i < batch.Features.Length; i++)
            batch.Features[i] = random.NextSingle() * 2 - 1;
        for (int i = 0; i < count; i++)
            (batch.Labels[i], batch.Weights[i]) = (random.Next(3), 1 + random.Next(2));
        for (int i = 0; i < batch.Teacher.Length; i++)
            batch.Teacher[i] = i % 3 == 0 ? 0.5f : 0.25f;
        return batch;
    }

    private static Batch Slice(Batch all, int start, int end, bool isShared)
    {
        int teacher = all.Teacher.Length / all.Count;
        var slice = new Batch(end - start, TinyImages.Length, teacher);
        if (isShared)
            slice.Total = all.Count;
        Array.Copy(all.Features, start * TinyImages.Length, slice.Features, 0, slice.Features.Length);
        Array.Copy(all.Labels, start, slice.Labels, 0, slice.Count);
        Array.Copy(all.Weights, start, slice.Weights, 0, slice.Count);
        Array.Copy(all.Teacher, start * teacher, slice.Teacher, 0, slice.Teacher.Length);
        return slice;
    }

    private static double[] Doubles(Tensor tensor)
    {
        using IDisposable mode = no_grad();
        return tensor.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
    }
}
