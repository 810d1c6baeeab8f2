using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Engine.Layout;

/// <summary>Weights [out, ...] that spikes add; quantized where they have a unit for each output.</summary>
internal readonly record struct SpikeWeights(float[] Weights, float[]? Unit);

/// <summary>The unit of each output channel of a layer, a multiple of which all that spikes add is rounded to.</summary>
internal sealed class ChannelUnits
{
    private ChannelUnits(float[] values, float[] reciprocals, bool areQuantized)
    {
        Values = values;
        Reciprocals = reciprocals;
        AreQuantized = areQuantized;
    }

    public float[] Values { get; }

    /// <summary>1 / unit.</summary>
    public float[] Reciprocals { get; }

    /// <summary>Whether all convolved weights are small whole numbers of units: they fit into 16 bits.</summary>
    public bool AreQuantized { get; }

    /// <param name="channels">Number of output channels.</param>
    /// <param name="convolved">What spikes add by convolutions.</param>
    /// <param name="scales">What spikes add by identity shortcuts: [channels] each.</param>
    /// <param name="maxSpikes">The most spikes that a neuron sends at once.</param>
    public static ChannelUnits Choose(int channels, List<SpikeWeights> convolved, List<float[]> scales, int maxSpikes)
    {
        bool areQuantized = convolved.Count > 0 && convolved.TrueForAll(weights => weights.Unit is not null);
        if (areQuantized && Common(channels, convolved, scales, maxSpikes) is { } common)
            return new(common, Array.ConvertAll(common, unit => 1 / unit), areQuantized: true);
        float[] units = new float[channels], reciprocals = new float[channels];
        var parts = new ReadOnlyMemory<float>[convolved.Count + scales.Count];
        for (int c = 0; c < channels; c++)
        {
            for (int i = 0; i < convolved.Count; i++)
            {
                int inputs = convolved[i].Weights.Length / channels;
                parts[i] = convolved[i].Weights.AsMemory(c * inputs, inputs);
            }
            for (int i = 0; i < scales.Count; i++)
                parts[convolved.Count + i] = scales[i].AsMemory(c, 1);
            int exponent = FixedPoint.Exponent(parts, maxSpikes);
            units[c] = FixedPoint.Unit(exponent);
            reciprocals[c] = FixedPoint.Unit(-exponent);
        }
        return new(units, reciprocals, areQuantized: false);
    }

    /// <summary>
    /// The smallest unit of each channel, if the others are multiples of it that keep weights within 16 bits and all sums within 32;
    /// otherwise null.
    /// </summary>
    private static float[]? Common(int channels, List<SpikeWeights> convolved, List<float[]> scales, int maxSpikes)
    {
        float[] common = new float[channels];
        for (int c = 0; c < channels; c++)
        {
            float unit = convolved.Min(weights => weights.Unit![c]);
            double largest = scales.Sum(scale => Math.Abs((double)scale[c]) / unit + 1);
            foreach (SpikeWeights weights in convolved)
            {
                float ratio = weights.Unit![c] / unit;
                if (ratio > Quantization.MaxUnitRatio || ratio != MathF.Round(ratio) || ratio * unit != weights.Unit[c])
                    return null;
                largest += (double)Quantization.MaxWeight * ratio * (weights.Weights.Length / channels);
            }
            if (largest * maxSpikes > int.MaxValue)
                return null;
            common[c] = unit;
        }
        return common;
    }
}
