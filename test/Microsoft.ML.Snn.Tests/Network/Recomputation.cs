using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network;

/// <summary>Currents computed again in the backward pass: the same network with less memory.</summary>
public class Recomputation
{
    public static TheoryData<SpikingBlockKind, bool, bool> Cases()
    {
        var cases = new TheoryData<SpikingBlockKind, bool, bool>();
        foreach (SpikingBlockKind block in Enum.GetValues<SpikingBlockKind>())
        {
            foreach (bool isFused in new[] { false, true })
            {
                foreach (bool isStatic in new[] { false, true })
                    cases.Add(block, isFused, isStatic);
            }
        }
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void It_changes_no_output_gradient_or_running_statistic(SpikingBlockKind block, bool isFused, bool isStatic)
    {
        // Only float32 takes the fused way.
        (int width, ScalarType dtype) = isFused ? (12, ScalarType.Float32) : (6, ScalarType.Float64);
        NetworkPlan plan = NetworkPlan.Create(
            new() { Block = block, Stem = new(width), Stages = [new(2, width), new(1, 2 * width, 2)], HiddenUnits = 5 }, 3, 9, 8, 4);
        using DisposeScope scope = NewDisposeScope();
        Tensor input = NetworkAgainstReference.Values(isStatic ? [3, 3, 9, 8] : [2, 3, 3, 9, 8], 1).to(dtype);
        Tensor weights = NetworkAgainstReference.Values([2, 3, 4], 2).to(dtype);

        (float[] Output, float[][] Tensors) stored = Train(TrainingMemory.Store), again = Train(TrainingMemory.Recompute);
        Assert.Equal(stored.Output, again.Output);
        Assert.Equal(stored.Tensors, again.Tensors);

        (float[], float[][]) Train(TrainingMemory memory)
        {
            using var network = new TrainableNetwork(plan, new(), 1, dtype: dtype, memory: memory);
            Assert.Equal(isFused, network.IsFused);
            Tensor output = network.Forward(input, 2, training: true);
            network.Backward((output * weights).sum());
            Assert.All(network.Parameters, parameter => Assert.True(parameter.Value.grad!.abs().max().ToDouble() > 0, parameter.Name));
            return (TensorMemory.ToArray(output),
                [.. network.Parameters.Select(parameter => TensorMemory.ToArray(parameter.Value.grad!)), .. network.Export().Values]);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void An_error_in_the_backward_pass_still_reaches_the_caller(ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        NetworkPlan plan = NetworkPlan.Create(new() { Stem = new(8), Stages = [new(1, 8)] }, 3, 8, 8, 3);
        using var network = new TrainableNetwork(plan, new(), 1, dtype: dtype, memory: TrainingMemory.Recompute);
        Tensor sum = network.Forward(NetworkState.Image(2, plan).to(dtype), 2, training: true).sum();
        // The weight that the convolution is to be computed with again no longer fits.
        using (no_grad())
        {
            network.Parameters.Single(parameter => parameter.Name == "stages.0.0.2.conv.weight").Value
                .set_(zeros(1, 1, 1, 1, dtype: dtype));
        }
        string message = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => network.Backward(sum)).Message;
        Assert.Contains("[1, 1, 1, 1]", message);
    }
}
