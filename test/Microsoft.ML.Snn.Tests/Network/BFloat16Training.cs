using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network;

public class BFloat16Training
{
    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(~(1 << 22), ~(1 << 5), false)]
    [InlineData(1 << 22, 0, true)]
    [InlineData(0, 1 << 5, true)]
    public void Native_support_is_read_from_the_processors_registers(int edx, int secondEax, bool expected) =>
        Assert.Equal(expected, BFloat16Support.FromRegisters(edx, secondEax));

    [Fact]
    public void It_is_refused_exactly_where_the_processor_has_no_instructions_for_it()
    {
        if (BFloat16Support.IsNative)
        {
            BFloat16Support.Check(TrainingPrecision.BFloat16);
            return;
        }
        BFloat16Support.Check(TrainingPrecision.Float32);
        string message = Assert.Throws<NotSupportedException>(() => BFloat16Support.Check(TrainingPrecision.BFloat16)).Message;
        Assert.Contains("AMX-BF16", message);
        Assert.Contains("AllowEmulatedBFloat16", message);
    }

    [Fact]
    public void A_float64_network_does_not_take_it() =>
        Assert.Throws<ArgumentException>(() => new TrainableNetwork(
            NetworkState.Plan(), new(), 1, dtype: ScalarType.Float64, precision: TrainingPrecision.BFloat16));

    /// <summary>Rounding flips spikes, so gradients differ from those of float32 more than their own rounding would tell.</summary>
    [Slow]
    [Theory]
    [InlineData(8)]
    [InlineData(6)] // no whole vectors
    public void A_network_learns_in_it_with_weights_gradients_and_statistics_in_float32(int width)
    {
        using DisposeScope scope = NewDisposeScope();
        NetworkPlan plan = NetworkPlan.Create(
            new() { Stem = new(width), Stages = [new(1, width), new(1, 2 * width, 2)], HiddenUnits = 16 }, 3, 8, 8, 3);
        using var network = new TrainableNetwork(plan, new(), 1, precision: TrainingPrecision.BFloat16);
        using var optimizer = optim.SGD(network.Parameters.Select(parameter => parameter.Value), 0.1, momentum: 0.9);
        Tensor images = NetworkState.Image(12, plan), labels = arange(12) % 3;
        var losses = new List<double>();
        for (int step = 0; step < 40; step++)
        {
            optimizer.zero_grad();
            Tensor loss = nn.functional.cross_entropy(network.Forward(images, 2, training: true).mean([0L]), labels);
            loss.backward();
            losses.Add(loss.ToDouble());
            Assert.All(network.Parameters, parameter => Assert.Equal(ScalarType.Float32, parameter.Value.grad!.dtype));
            optimizer.step();
        }
        Assert.InRange(losses[0], 0.7, 1.6);
        Assert.True(losses[^1] < 0.3, string.Join(" ", losses.Select(loss => loss.ToString("F2"))));
        using var exact = new TrainableNetwork(plan, new(), 1);
        exact.Import(network.Export());
        Tensor rounded = network.Forward(images, 2, training: false), unrounded = exact.Forward(images, 2, training: false);
        Assert.False(rounded.equal(unrounded).all().item<bool>(), "Nothing was rounded.");
        Assert.All(network.Parameters, parameter => Assert.Equal(ScalarType.Float32, parameter.Value.dtype));
    }
}
