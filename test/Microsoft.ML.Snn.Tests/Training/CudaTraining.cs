using Microsoft.ML.Data;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Network;
using Microsoft.ML.Snn.Torch;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.Running;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Only where a CUDA device is. In a collection of their own: they count tensors and read torch's settings, which are the process's.</summary>
[Collection(nameof(LiveTensors))]
public class CudaTraining
{
    [Theory]
    [InlineData(SpikingBlockKind.Basic, 6, 3, TrainingMemory.Store)]
    [InlineData(SpikingBlockKind.Basic, 0, 1, TrainingMemory.Recompute)]
    [InlineData(SpikingBlockKind.Bottleneck, 6, 2, TrainingMemory.Recompute)]
    [InlineData(SpikingBlockKind.Plain, 6, 4, TrainingMemory.Store)]
    public void Outputs_and_gradients_are_the_CPUs(SpikingBlockKind block, int hidden, int timeSteps, TrainingMemory memory)
    {
        SkipWithoutDevice();
        using DisposeScope scope = NewDisposeScope();
        (NetworkPlan plan, LifNeuronOptions neuron) = NetworkAgainstReference.Small(block, hidden, false);
        using var expected = new TrainableNetwork(plan, neuron, 3, dtype: ScalarType.Float64);
        using var network = new TrainableNetwork(plan, neuron, 3, CUDA, ScalarType.Float64, memory: memory);
        IReadOnlyDictionary<string, float[]> tensors = NetworkAgainstReference.Perturbed(expected.Export());
        expected.Import(tensors);
        network.Import(tensors);
        Tensor input = NetworkAgainstReference.Values([timeSteps, 3, plan.Channels, plan.Height, plan.Width], 1);
        Tensor weights = NetworkAgainstReference.Values([timeSteps, 3, plan.Classes], 2);

        Tensor right = expected.Forward(input, timeSteps, training: true);
        expected.Backward((right * weights).sum());
        Tensor output = network.Forward(input.to(CUDA), timeSteps, training: true);
        network.Backward((output * weights.to(CUDA)).sum());

        Assert.True(Difference(output, right) < 1e-9);
        foreach (((string name, var own), (_, var reference)) in network.Parameters.Zip(expected.Parameters))
            Assert.True(Difference(own.grad!, reference.grad!) < 1e-9 * (1 + reference.grad!.abs().max().ToDouble()), name);
        Assert.Equal(expected.FiringRates.Select(layer => layer.Rate), network.FiringRates.Select(layer => layer.Rate), (a, b) => Math.Abs(a - b) < 1e-6);
        foreach ((string name, float[] values) in expected.Export())
            Assert.Equal(values, network.Export()[name], (a, b) => Math.Abs(a - b) <= 1e-5f * (1 + Math.Abs(a)));
    }

    [Theory]
    [InlineData(TrainingPrecision.Float32, true, false, TrainingMemory.Store)]
    [InlineData(TrainingPrecision.Float32, false, true, TrainingMemory.Store)]
    [InlineData(TrainingPrecision.BFloat16, true, false, TrainingMemory.Recompute)]
    [InlineData(TrainingPrecision.BFloat16, true, true, TrainingMemory.Store)]
    public void A_pipeline_trains_and_its_model_scores_on_the_CPU(
        TrainingPrecision precision, bool allowsTensorFloat32, bool muon, TrainingMemory memory)
    {
        SkipWithoutDevice();
        using var folder = new TemporaryFolder();
        (bool products, bool convolutions) = (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32);
        var seen = new List<(bool, bool)>();
        double Train(int epochs, bool stops)
        {
            var context = new MLContext(seed: 1);
            SpikingResNetTrainer.Options options = TinyImages.Options(epochs);
            options.Device = "cuda";
            (options.Precision, options.AllowTensorFloat32) = (precision, allowsTensorFloat32);
            (options.Optimizer, options.Memory) = (TinyImages.Optimizer(muon), memory);
            options.EarlyPhases = [new(2, timeSteps: 1, scale: 0.5)];
            options.WeightAverageDecay = 0.9;
            options.CheckpointFolder = folder.Path;
            options.MetricsCallback = metrics =>
            {
                seen.Add((backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32));
                if (stops && metrics.Epoch == 3)
                    throw new InvalidOperationException("Stopped.");
            };
            ITransformer model = TinyImages.Pipeline(context, options).Fit(TinyImages.View(context, 120));
            MulticlassClassificationMetrics metrics = context.MulticlassClassification.Evaluate(model.Transform(TinyImages.View(context, 40, seed: 2)));
            return metrics.MicroAccuracy;
        }
        Assert.Throws<InvalidOperationException>(() => Train(10, stops: true));
        double accuracy = Train(10, stops: false);
        Assert.True(accuracy > 0.85, $"{accuracy}");
        Assert.Equal(3 + 7, seen.Count);
        Assert.All(seen, setting => Assert.Equal((allowsTensorFloat32, allowsTensorFloat32), setting));
        Assert.Equal((products, convolutions), (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32));
    }

    [Theory]
    [InlineData(TrainingMemory.Store)]
    [InlineData(TrainingMemory.Recompute)]
    public void The_number_of_live_tensors_is_the_same_after_every_step(TrainingMemory memory)
    {
        SkipWithoutDevice();
        NetworkPlan plan = NetworkState.Plan();
        using var network = new TrainableNetwork(plan, new(), 1, CUDA, memory: memory);
        using var optimizer = new NetworkOptimizer(TrainingOptimizer.Muon(), ScalarType.Float32, network.Parameters);
        using Tensor host = NetworkState.Image(4, plan);
        using Tensor images = host.to(CUDA);
        Step();
        long first = Tensor.TotalCount;
        for (int step = 0; step < 50; step++)
        {
            Step();
            Assert.Equal(first, Tensor.TotalCount);
        }

        void Step()
        {
            using DisposeScope scope = NewDisposeScope();
            optimizer.ClearGradients();
            network.Backward(network.Forward(images, 2, training: true).sum());
            optimizer.Step(0.01);
        }
    }

    private static void SkipWithoutDevice()
    {
        TorchNatives.EnsureLoaded();
        Assert.SkipUnless(cuda.is_available(), "Needs a CUDA device, and a libtorch-cuda package in place of libtorch-cpu.");
    }

    private static double Difference(Tensor own, Tensor expected) => (own.to(CPU) - expected).abs().max().ToDouble();
}
