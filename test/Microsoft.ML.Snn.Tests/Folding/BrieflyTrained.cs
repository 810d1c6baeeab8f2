using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Folding;

/// <summary>Trains a network for a few steps, so that its weights and statistics are no longer the initial ones.</summary>
internal static class BrieflyTrained
{
    /// <param name="start">The network's plan and neuron; its tensors are replaced by trained ones.</param>
    /// <param name="batch">The samples of a step, [N, ...sample shape], row-major, and their classes.</param>
    public static TrainedNetwork Network(TrainedNetwork start, int steps, Func<int, (float[] Features, long[] Labels)> batch)
    {
        using var network = new TrainableNetwork(start.Plan, start.Neuron, seed: 11);
        using var optimizer = optim.SGD(network.Parameters.Select(parameter => parameter.Value), 0.05, momentum: 0.9);
        for (int step = 0; step < steps; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            (float[] features, long[] labels) = batch(step);
            Tensor output = network.Forward(Input(start, features, labels.Length), start.TimeSteps, training: true).mean([0]);
            optimizer.zero_grad();
            nn.functional.cross_entropy(output, tensor(labels)).backward();
            optimizer.step();
        }
        return start with { Tensors = network.Export() };
    }

    /// <summary>The class of each sample by the unfolded network.</summary>
    public static int[] Predict(TrainedNetwork trained, float[] features, int count)
    {
        using var network = new TrainableNetwork(trained.Plan, trained.Neuron, seed: 0);
        network.Import(trained.Tensors);
        using DisposeScope scope = NewDisposeScope();
        return [.. network.Forward(Input(trained, features, count), trained.TimeSteps, training: false).mean([0]).argmax(1)
            .data<long>().Select(index => (int)index)];
    }

    private static Tensor Input(TrainedNetwork network, float[] features, int count)
    {
        NetworkPlan plan = network.Plan;
        if (network.InputHasTimeSteps)
            return tensor(features, [count, network.TimeSteps, plan.Channels, plan.Height, plan.Width]).transpose(0, 1).contiguous();
        Tensor images = tensor(features, [count, plan.Channels, plan.Height, plan.Width]);
        if (network.InputNormalization is not { } normalization)
            return images;
        return (images - tensor(normalization.Mean).view(1, -1, 1, 1)) / tensor(normalization.Deviation).view(1, -1, 1, 1);
    }
}
