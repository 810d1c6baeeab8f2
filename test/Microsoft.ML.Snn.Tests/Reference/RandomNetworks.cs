using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;

namespace Microsoft.ML.Snn.Tests.Reference;

/// <summary>Networks with random weights but the statistics of trained ones: every layer fires, and no two channels alike.</summary>
internal static class RandomNetworks
{
    /// <summary>
    /// The running mean and variance of each tdBN are those of its input for one sample, disturbed at random; lambda and beta are spread
    /// around 1 and 0.
    /// </summary>
    public static TrainedNetwork Trained(
        SpikingResNetArchitecture architecture, int channels, int size, int timeSteps, bool inputHasTimeSteps = false, int classes = 5,
        int seed = 1, LifNeuronOptions? neuron = null)
    {
        var random = new Random(seed);
        NetworkPlan plan = NetworkPlan.Create(architecture, channels, size, size, classes);
        var tensors = new Dictionary<string, float[]>();
        foreach (ConvolutionPlan layer in plan.Convolutions)
        {
            double deviation = Math.Sqrt(2.0 / (layer.In * layer.Kernel * layer.Kernel));
            tensors[$"{layer.Name}.conv.weight"] = Normal(random, checked((int)layer.WeightCount), 0, deviation);
            AddNorm($"{layer.Name}.norm", layer.Out);
        }
        foreach (BlockPlan block in plan.Blocks)
        {
            if (block.Shortcut is { Convolution: null } identity)
                AddNorm($"{identity.Name}.norm", identity.Channels);
        }
        if (plan.Hidden is { } hidden)
        {
            // Without tdBN the weights themselves are such that about a sixth of the neurons fire.
            double deviation = hidden.IsNormalized ? Math.Sqrt(2.0 / hidden.In) : 2 / Math.Sqrt(hidden.In);
            tensors[$"{hidden.Name}.weight"] = Normal(random, hidden.In * hidden.Out, 0, deviation);
            if (hidden.IsNormalized)
                AddNorm($"{hidden.Name}.norm", hidden.Out);
            else
                tensors[$"{hidden.Name}.bias"] = Normal(random, hidden.Out, 0, 0.1);
        }
        IEnumerable<(string Name, int Channels)> layers =
        [
            (plan.Stem.Name, plan.Stem.Out),
            .. plan.Blocks.SelectMany(block => block.Convolutions.Select(layer =>
                (layer == block.Convolutions[^1] ? block.Name : layer.Name, layer.Out))),
            .. plan.Hidden is { } last ? new[] { (last.Name, last.Out) } : [],
        ];
        foreach ((string name, int count) in neuron is { LearnDecay: not NeuronLearning.None } ? layers : [])
            tensors[$"{name}.neuron.decay"] = Normal(random, neuron!.LearnDecay == NeuronLearning.PerLayer ? 1 : count, -1, 0.5);
        foreach ((string name, int count) in neuron is { LearnThreshold: not NeuronLearning.None } ? layers : [])
            tensors[$"{name}.neuron.threshold"] = Normal(random, neuron!.LearnThreshold == NeuronLearning.PerLayer ? 1 : count, 0, 0.2);
        tensors[$"{plan.Output.Name}.weight"] = Normal(random, plan.Output.In * classes, 0, Math.Sqrt(2.0 / plan.Output.In));
        tensors[$"{plan.Output.Name}.bias"] = Normal(random, classes, 0, 0.1);

        var network = new TrainedNetwork
        {
            Plan = plan,
            Neuron = neuron ?? new(),
            Tensors = tensors,
            TimeSteps = timeSteps,
            InputHasTimeSteps = inputHasTimeSteps,
            InputNormalization = inputHasTimeSteps ? null : (Normal(random, channels, 0.4, 0.05), Normal(random, channels, 0.25, 0.01)),
        };
        new UnfoldedReference(network) { Normalizing = Calibrate }.Score(Features(network, seed));
        return network;

        void AddNorm(string name, int count)
        {
            tensors[$"{name}.weight"] = Normal(random, count, 1.1, 0.2);
            tensors[$"{name}.bias"] = Normal(random, count, 0, 0.1);
        }

        void Calibrate(string name, Map input)
        {
            if (tensors.ContainsKey($"{name}.running_mean"))
                return;
            int pixels = input.Height * input.Width;
            float[] means = new float[input.Channels], variances = new float[input.Channels];
            for (int c = 0; c < input.Channels; c++)
            {
                ReadOnlySpan<double> values = input.Values.AsSpan(c * pixels, pixels);
                double mean = 0, square = 0;
                foreach (double value in values)
                {
                    mean += value / pixels;
                    square += value * value / pixels;
                }
                // On small maps a channel may be constant; 0.05 keeps such a one from being blown up.
                double variance = square - mean * mean + 0.05;
                means[c] = (float)(mean + 0.1 * Math.Sqrt(variance) * NextNormal(random));
                variances[c] = (float)(variance * Math.Exp(0.2 * NextNormal(random)));
            }
            tensors[$"{name}.running_mean"] = means;
            tensors[$"{name}.running_var"] = variances;
        }
    }

    /// <summary>A sample: smooth pixels from 0 to 1, or sparse event counts where the input has time steps.</summary>
    public static float[] Features(TrainedNetwork network, int seed)
    {
        NetworkPlan plan = network.Plan;
        return Features(plan.Channels, plan.Height, plan.Width, network.InputHasTimeSteps ? network.TimeSteps : null, seed);
    }

    public static float[] Features(int channels, int height, int width, int? timeSteps, int seed)
    {
        var random = new Random(seed);
        float[] features = new float[channels * height * width * (timeSteps ?? 1)];
        if (timeSteps is not null)
        {
            for (int i = 0; i < features.Length; i++)
                features[i] = random.NextDouble() < 0.2 ? random.Next(1, 4) : 0;
            return features;
        }
        for (int c = 0; c < channels; c++)
        {
            double fx = random.NextDouble(), fy = random.NextDouble(), phase = random.NextDouble() * 6;
            for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                double value = 0.5 + 0.4 * Math.Sin(fx * x + fy * y + phase) + 0.1 * NextNormal(random);
                features[(c * height + y) * width + x] = (float)Math.Clamp(value, 0, 1);
            }
        }
        return features;
    }

    public static float[] Normal(Random random, int count, double mean, double deviation)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = (float)(mean + deviation * NextNormal(random));
        return values;
    }

    private static double NextNormal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
