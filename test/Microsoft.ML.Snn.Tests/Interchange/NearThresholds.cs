namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>Whether rounding may decide over a spike.</summary>
internal static class NearThresholds
{
    public const float Distance = 1e-5f;

    /// <summary>Whether any neuron of a row comes as near to one of its thresholds, at any time step.</summary>
    public static bool Has(SpikingNetwork network, ReadOnlySpan<float> features)
    {
        SpikingTrace trace = network.Trace(features, potentials: true);
        foreach (LayerTrace layer in trace.Layers)
        {
            NetworkLayer neurons = network.Layers.Single(other => other.Name == layer.Shape.Name);
            if (neurons.Kind != NetworkLayerKind.Neurons)
                continue;
            float[] potentials = new float[layer.Shape.NeuronCount];
            for (int step = 0; step < trace.TimeSteps; step++)
            {
                layer.CopyMembranePotentials(step, potentials);
                for (int i = 0; i < potentials.Length; i++)
                {
                    int channel = i / (layer.Shape.Height * layer.Shape.Width);
                    float threshold = neurons.Threshold![neurons.Threshold.Count == 1 ? 0 : channel];
                    for (int spike = 1; spike <= neurons.MaxSpikes; spike++)
                    {
                        if (Math.Abs(potentials[i] - (2 * spike - 1) * threshold) < Distance)
                            return true;
                    }
                }
            }
        }
        return false;
    }
}
