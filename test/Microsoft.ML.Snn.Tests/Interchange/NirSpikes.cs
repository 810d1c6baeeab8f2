using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>A graph that was read beside the same file in the interpreter.</summary>
internal static class NirSpikes
{
    /// <summary>
    /// Compares spikes of all neurons, which have the names of their nodes, and outputs; rows with a neuron near its threshold do not
    /// count.
    /// </summary>
    public static void Compare(byte[] file, SpikingNetwork network, double timeStep, int rows, bool subtracts = false)
    {
        int steps = network.TimeSteps;
        float[] features = [.. Enumerable.Range(0, rows).SelectMany(row =>
            RandomNetworks.Features(network.InputShape[1], network.InputShape[2], network.InputShape[3], steps, row))];
        NirInterpreter nir = NirInterpreter.Run(file, features, rows, steps, hasSteps: true, timeStep, subtracts);
        int near = 0, fired = 0;
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> sample = features.AsSpan(row * network.FeatureCount, network.FeatureCount);
            if (NearThresholds.Has(network, sample))
            {
                near++;
                continue;
            }
            SpikingTrace trace = network.Trace(sample);
            foreach (string neurons in nir.Neurons)
            {
                LayerTrace layer = trace.Layers.Single(layer => layer.Shape.Name == neurons);
                byte[] spikes = new byte[layer.Shape.NeuronCount];
                for (int step = 0; step < steps; step++)
                {
                    layer.CopySpikes(step, spikes);
                    Assert.Equal(nir.Spikes(neurons, row, step), spikes);
                    fired += spikes.Sum(spike => spike);
                }
            }
            float[] scores = new float[network.ClassCount];
            network.Score(sample, scores);
            double[] logits = new double[network.ClassCount];
            for (int i = 0; i < steps * logits.Length; i++)
                logits[i % logits.Length] += nir.Output[row * steps * logits.Length + i] / steps;
            Assert.All(ReferenceMath.Softmax(logits).Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }
        Assert.True(near < rows / 2, $"{near} of {rows} rows have a neuron near its threshold.");
        Assert.True(fired > 20, $"{fired} spikes in all.");
    }
}
