using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Network;
using Microsoft.ML.Snn.Training.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Training.Diagnostics;

/// <summary>What is measured of each layer equals what the plain network's own tensors and gradients give.</summary>
public class LayersAgainstReference
{
    private const double Tolerance = 1e-9;

    [Theory]
    [InlineData(SpikingBlockKind.Basic, 6, 3)]
    [InlineData(SpikingBlockKind.Bottleneck, 6, 2)]
    [InlineData(SpikingBlockKind.Plain, 0, 4)]
    [InlineData(SpikingBlockKind.Basic, 6, 2, SurrogateShape.Triangle)]
    [InlineData(SpikingBlockKind.Basic, 6, 3, SurrogateShape.Rectangle, NeuronLearning.PerChannel)]
    public void Every_number_of_every_layer(
        SpikingBlockKind block, int hidden, int timeSteps, SurrogateShape shape = SurrogateShape.Rectangle,
        NeuronLearning learning = NeuronLearning.None)
    {
        using DisposeScope scope = NewDisposeScope();
        (NetworkPlan plan, LifNeuronOptions neuron) = NetworkAgainstReference.Small(block, hidden, detachReset: false);
        neuron = neuron with { Surrogate = shape, LearnDecay = learning, LearnThreshold = learning };
        var meter = new LayerMeter();
        using var network = new TrainableNetwork(plan, neuron, 3, dtype: ScalarType.Float64, tap: meter);
        network.Import(NetworkAgainstReference.Perturbed(network.Export()));
        Tensor input = NetworkAgainstReference.Values([timeSteps, 5, plan.Channels, plan.Height, plan.Width], 1);
        Tensor weights = NetworkAgainstReference.Values([timeSteps, 5, plan.Classes], 2);
        Tensor loss = (network.Forward(input, timeSteps, training: true) * weights).sum();
        network.Backward(loss);

        Dictionary<string, Tensor> leaves = network.Parameters.ToDictionary(p => p.Name, p => p.Value.detach().clone().requires_grad_());
        var reference = new ReferenceNetwork(plan, neuron, leaves);
        (stack(reference.Forward(input.unbind(0))) * weights).sum().backward();

        IReadOnlyList<LayerDiagnostics> layers = meter.Read(layer => network.WeightsInto(layer).Sum(name => network.Parameters
            .Single(parameter => parameter.Name == name).Value.grad!.square().sum().ToDouble()));
        Assert.Equal(reference.Currents.Count, layers.Count);
        Assert.Equal(network.FiringRates.Select(layer => layer.Name), layers.Select(layer => layer.Name));
        foreach ((LayerDiagnostics layer, Tensor[] currents) in layers.Zip(reference.Currents))
        {
            double[][] x = [.. currents.Select(current => current.detach().flatten().data<double>().ToArray())];
            int neurons = x[0].Length / 5;
            int pixels = currents[0].dim() == 4 ? (int)(currents[0].shape[2] * currents[0].shape[3]) : 1;
            double Threshold(int i) => learning == NeuronLearning.None
                ? neuron.Threshold
                : neuron.Threshold * Math.Exp(leaves[$"{layer.Name}.neuron.threshold"][i % neurons / pixels].ToDouble());
            double Decay(int i) => learning == NeuronLearning.None
                ? neuron.Decay : 1 / (1 + Math.Exp(-leaves[$"{layer.Name}.neuron.decay"][i % neurons / pixels].ToDouble()));
            var potentials = new double[timeSteps, x[0].Length];
            int[] firings = new int[neurons];
            int spikes = 0, near = 0;
            for (int i = 0; i < x[0].Length; i++)
            {
                double[] current = [.. x.Select(step => step[i])];
                double u = 0, threshold = Threshold(i), decay = Decay(i);
                bool fired = false;
                for (int t = 0; t < timeSteps; t++)
                {
                    potentials[t, i] = (u = (fired ? 0 : decay * u) + current[t]) / threshold;
                    fired = u > threshold;
                    firings[i % neurons] += fired ? 1 : 0;
                    spikes += fired ? 1 : 0;
                    near += Math.Abs(u - threshold) < neuron.SurrogateWidth / 2 ? 1 : 0;
                }
            }
            double values = timeSteps * x[0].Length;
            Assert.Equal(spikes / values, layer.FiringRate, Tolerance);
            Assert.Equal(near / values, layer.InWindow, Tolerance);
            Assert.Equal(firings.Count(count => count == 0) / (double)neurons, layer.NeverFiring, Tolerance);
            Assert.Equal(firings.Count(count => count == 5 * timeSteps) / (double)neurons, layer.AlwaysFiring, Tolerance);
            double[] inputs = [.. x.SelectMany(step => step.Select((value, i) => value / Threshold(i)))];
            AssertMoments(inputs, layer.InputMean, layer.InputDeviation);
            AssertMoments([.. potentials.Cast<double>()], layer.MembraneMean, layer.MembraneDeviation);
            double gradient = Math.Sqrt(currents.Sum(current => current.grad!.square().sum().ToDouble()));
            Assert.True(gradient > 0);
            Assert.Equal(gradient, layer.InputGradientNorm, Tolerance * (1 + gradient));
            // The sum of squares, here, of those weights that the plan lets lead to the layer.
            double weight = network.WeightsInto(layer.Name).Sum(name => leaves[name].grad!.square().sum().ToDouble());
            Assert.True(weight > 0);
            Assert.Equal(weight, layer.WeightGradientNorm, Tolerance * (1 + weight));
        }
    }

    [Fact]
    public void The_weights_into_a_layer_are_those_before_it_and_its_shortcuts()
    {
        (NetworkPlan plan, LifNeuronOptions neuron) = NetworkAgainstReference.Small(SpikingBlockKind.Basic, 6, detachReset: false);
        using var network = new TrainableNetwork(plan, neuron, 3);
        Assert.Equal(["stem.conv.weight"], network.WeightsInto("stem"));
        Assert.Equal(["stages.1.0.1.conv.weight"], network.WeightsInto("stages.1.0.1"));
        Assert.Equal(["stages.1.0.2.conv.weight", "stages.1.0.shortcut.conv.weight"], network.WeightsInto("stages.1.0"));
        Assert.Equal(["stages.1.1.2.conv.weight"], network.WeightsInto("stages.1.1"));
        Assert.Equal(["head.hidden.weight"], network.WeightsInto("head.hidden"));
        Assert.Subset(network.Parameters.Select(p => p.Name).ToHashSet(),
            network.FiringRates.SelectMany(layer => network.WeightsInto(layer.Name)).ToHashSet());
    }

    private static void AssertMoments(double[] values, double mean, double deviation)
    {
        double average = values.Average();
        Assert.Equal(average, mean, Tolerance);
        Assert.Equal(Math.Sqrt(values.Average(value => (value - average) * (value - average))), deviation, Tolerance);
    }
}
