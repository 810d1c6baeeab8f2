using System.Diagnostics;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>
/// The <see cref="SurrogateShape"/>s in torch operations; <see cref="Fused.ISurrogate"/> has them for kernels.
/// </summary>
internal static class Surrogate
{
    /// <summary>The gradient by a spike times do/du: that by the potential.</summary>
    /// <param name="gradient">By the spike.</param>
    /// <param name="distance">Of the potential from the spike's threshold, of either sign; the gradient's shape.</param>
    /// <param name="neuron">Says shape and width.</param>
    public static Tensor Apply(Tensor gradient, Tensor distance, LifNeuronOptions neuron)
    {
        double width = neuron.SurrogateWidth;
        return neuron.Surrogate switch
        {
            SurrogateShape.Rectangle => (gradient * (1 / width)).masked_fill(distance.abs().ge(width / 2), 0),
            SurrogateShape.Triangle => gradient * (1 / width) * (1 - distance.abs() * (1 / width)).clamp_min(0),
            SurrogateShape.ArcTangent => gradient * (1 / width) / (1 + (distance * (1 / width) * Math.PI).square()),
            _ => throw new UnreachableException(),
        };
    }
}
