using Microsoft.ML.Snn.Architecture;

namespace Microsoft.ML.Snn.Network;

/// <summary>The tensors of a network in training before there is one: names as in <see cref="TrainedNetwork"/>, lengths.</summary>
internal static class TensorSizes
{
    public static IReadOnlyDictionary<string, long> Of(NetworkPlan plan, LifNeuronOptions neuron)
    {
        var sizes = new Dictionary<string, long>();
        foreach (ConvolutionPlan convolution in plan.Convolutions)
        {
            sizes.Add($"{convolution.Name}.conv.weight", convolution.WeightCount);
            AddNormalization(convolution.Name, convolution.Out);
        }
        AddNeurons(plan.Stem.Name, plan.Stem.Out);
        foreach (BlockPlan block in plan.Blocks)
        {
            if (block.Shortcut is { Convolution: null } identity)
                AddNormalization(identity.Name, identity.Channels);
            foreach (ConvolutionPlan convolution in block.Convolutions)
                AddNeurons(convolution == block.Convolutions[^1] ? block.Name : convolution.Name, convolution.Out);
        }
        if (plan.Hidden is { } hidden)
        {
            AddLinear(hidden);
            AddNeurons(hidden.Name, hidden.Out);
        }
        AddLinear(plan.Output);
        return sizes;

        void AddLinear(LinearPlan layer)
        {
            sizes.Add($"{layer.Name}.weight", layer.WeightCount);
            if (layer.IsNormalized)
                AddNormalization(layer.Name, layer.Out);
            else
                sizes.Add($"{layer.Name}.bias", layer.Out);
        }

        void AddNormalization(string name, int channels)
        {
            foreach (string tensor in (string[])["weight", "bias", "running_mean", "running_var"])
                sizes.Add($"{name}.norm.{tensor}", channels);
        }

        void AddNeurons(string layer, int channels)
        {
            if (neuron.LearnDecay != NeuronLearning.None)
                sizes.Add(NeuronParameters.DecayName(layer), NeuronParameters.Count(neuron.LearnDecay, channels));
            if (neuron.LearnThreshold != NeuronLearning.None)
                sizes.Add(NeuronParameters.ThresholdName(layer), NeuronParameters.Count(neuron.LearnThreshold, channels));
        }
    }
}
