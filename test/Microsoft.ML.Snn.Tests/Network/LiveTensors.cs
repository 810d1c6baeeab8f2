using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Snn.Torch;
using Microsoft.ML.Snn.Training.Running;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network;

/// <summary>Counts every tensor of the process, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(LiveTensors), DisableParallelization = true)]
public class LiveTensorsRunAlone;

[Slow]
[Collection(nameof(LiveTensors))]
public class LiveTensors
{
    [Theory]
    [InlineData(ScalarType.Float32, TrainingMemory.Store)]
    [InlineData(ScalarType.Float64, TrainingMemory.Store)]
    [InlineData(ScalarType.Float32, TrainingMemory.Recompute)]
    [InlineData(ScalarType.Float64, TrainingMemory.Recompute)]
    public void Their_number_is_the_same_after_every_step_and_none_is_left_in_the_end(ScalarType dtype, TrainingMemory memory)
    {
        RunFinalizers();
        long before = Tensor.TotalCount;
        using (var network = new TrainableNetwork(NetworkState.Plan(), new(), 1, dtype: dtype, memory: memory))
        {
            Step(network, dtype);
            long first = Tensor.TotalCount;
            for (int step = 0; step < 20; step++)
            {
                Step(network, dtype);
                Assert.Equal(first, Tensor.TotalCount);
            }
            Assert.All(network.FiringRates, layer => Assert.InRange(layer.Rate, 0, 1));
        }
        // TorchSharp goes on counting the tensor that a parameter was made from.
        Assert.Equal(before + 25, Tensor.TotalCount);
    }

    [Fact]
    public void Memory_is_flat_over_a_thousand_steps()
    {
        NetworkPlan plan = NetworkPlan.Create(new() { Stem = new(8), Stages = [new(1, 32), new(1, 40, 2)], HiddenUnits = 6 }, 3, 8, 8, 3);
        using var network = new TrainableNetwork(plan, new(), 1);
        using Tensor images = NetworkState.Image(4, plan);
        using var optimizer = new NetworkOptimizer(TrainingOptimizer.Muon(), ScalarType.Float32, network.Parameters);
        // OpenMP's waiting threads, which otherwise spin, would make this long on a busy machine.
        TorchNatives.EnsureLoaded();
        // The runtime's own growth takes some hundred steps.
        (long Tensors, long Resident) first = Train(800);
        (long tensors, long resident) = Train(1000);
        Assert.Equal(first.Tensors, tensors);
        // A step of this network allocates about half a mebibyte: losing a thirtieth of it each time would show, the runtime's own growth
        // not.
        Assert.True(resident - first.Resident < 16 << 20, $"{resident - first.Resident} bytes more");

        (long Tensors, long Resident) Train(int steps)
        {
            for (int step = 0; step < steps; step++)
            {
                using DisposeScope scope = NewDisposeScope();
                optimizer.ClearGradients();
                network.Forward(images, 2, training: true).sum().backward();
                optimizer.Step(0.01);
            }
            RunFinalizers();
            using var process = System.Diagnostics.Process.GetCurrentProcess();
            return (Tensor.TotalCount, process.WorkingSet64);
        }
    }

    [Fact]
    public void Recomputation_keeps_no_current_for_the_backward_pass()
    {
        NetworkPlan plan = NetworkState.Plan();
        long stored = Kept(TrainingMemory.Store), recomputed = Kept(TrainingMemory.Recompute);
        // Each convolution, a shortcut's too, has put out one.
        Assert.Equal(plan.Convolutions.Count(), stored - recomputed);

        long Kept(TrainingMemory memory)
        {
            RunFinalizers();
            using var network = new TrainableNetwork(plan, new(), 1, memory: memory);
            using DisposeScope scope = NewDisposeScope();
            Tensor image = NetworkState.Image(2, plan);
            long before = Tensor.TotalCount;
            Tensor sum = network.Forward(image, 2, training: true).sum();
            long kept = Tensor.TotalCount - before;
            network.Backward(sum);
            return kept;
        }
    }

    [Fact]
    public void Scoring_without_a_scope_leaves_its_result_alone()
    {
        RunFinalizers();
        using var network = new TrainableNetwork(NetworkState.Plan(), new(), 1);
        using Tensor image = NetworkState.Image(2, NetworkState.Plan());
        long before = Tensor.TotalCount;
        Tensor output = network.Forward(image, 2, training: false);
        Assert.Equal(before + 1, Tensor.TotalCount);
        output.Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_forward_pass_that_no_backward_pass_follows_keeps_nothing_for_good()
    {
        RunFinalizers();
        using var network = new TrainableNetwork(NetworkState.Plan(), new(), 1);
        using Tensor image = NetworkState.Image(2, NetworkState.Plan());
        long before = Tensor.TotalCount;
        network.Forward(image, 2, training: true).Dispose();
        RunFinalizers();
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static void RunFinalizers()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static void Step(TrainableNetwork network, ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor image = NetworkState.Image(2, NetworkState.Plan()).to(dtype);
        foreach ((_, var parameter) in network.Parameters)
            parameter.grad = null;
        network.Forward(image, 3, training: true).sum().backward();
    }
}
