namespace Microsoft.ML.Snn.Network;

/// <summary>A path from one tdBN to the next: neurons, a convolution, its tdBN.</summary>
/// <param name="Neurons">What it begins with.</param>
/// <param name="Convolution">What it ends with.</param>
internal sealed record SpikingBranch(LifNeuron Neurons, NormalizedConvolution Convolution)
{
    /// <summary>The name of its neurons.</summary>
    public string Source => Neurons.FiringRate.Name;
}
