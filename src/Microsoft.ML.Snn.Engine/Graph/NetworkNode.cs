using System.Collections.Immutable;

namespace Microsoft.ML.Snn;

/// <summary>
/// One operation of a folded network. <typeparamref name="T"/> is <see cref="double"/> in the unrounded fold and <see cref="float"/> in the
/// network that runs. Shapes are those of one sample in one time step.
/// </summary>
/// <param name="Name">Unique in its network.</param>
/// <param name="Inputs">Names of earlier nodes; <see cref="NetworkInput"/> for the sample itself.</param>
internal abstract record NetworkNode<T>(string Name, ImmutableArray<string> Inputs)
{
    /// <summary>The name by which the first node refers to the network's input.</summary>
    public const string NetworkInput = "input";
}

/// <summary><c>y[c] = scale[c] * x[c] + offset[c]</c> on the raw input [C, H, W], before any padding: the input normalization.</summary>
internal sealed record InputAffineNode<T>(string Name, ImmutableArray<string> Inputs, T[] Scale, T[] Offset) : NetworkNode<T>(Name, Inputs);

/// <summary>
/// Convolution with a square kernel and zero padding Kernel / 2: [In, H, W] -> [Out, (H - 1) / Stride + 1, (W - 1) / Stride + 1].
/// Weights are [Out, In, Kernel, Kernel], row-major; the bias [Out].
/// </summary>
internal sealed record ConvolutionNode<T>(
    string Name, ImmutableArray<string> Inputs, int In, int Out, int Kernel, int Stride, T[] Weights, T[] Bias)
    : NetworkNode<T>(Name, Inputs)
{
    /// <summary>[Out]: where weights are quantized, they are whole numbers of it from -127 to 127; otherwise null.</summary>
    public T[]? Unit { get; init; }
}

/// <summary><c>y[c] = scale[c] * x[c] + offset[c]</c> on spikes [C, H, W]: an identity shortcut's tdBN.</summary>
internal sealed record AffineNode<T>(string Name, ImmutableArray<string> Inputs, T[] Scale, T[] Offset) : NetworkNode<T>(Name, Inputs);

/// <summary>The sum of two maps of equal shape.</summary>
internal sealed record AddNode<T>(string Name, ImmutableArray<string> Inputs) : NetworkNode<T>(Name, Inputs);

/// <summary>
/// LIF neurons (Eq. 1-3): <c>u[t] = decay * u[t-1] * (1 - o[t-1]) + x[t]</c>, <c>o[t] = u[t] &gt; threshold</c>.
/// Decay and threshold have one value for all channels, or one a channel.
/// </summary>
internal sealed record NeuronNode<T>(string Name, ImmutableArray<string> Inputs, T[] Decay, T[] Threshold, ResetKind Reset)
    : NetworkNode<T>(Name, Inputs);

/// <summary>
/// The number of spikes of each channel: [C, H, W] -> [C]. (The average's divisor is folded into the linear layer after it.)
/// </summary>
internal sealed record PoolNode<T>(string Name, ImmutableArray<string> Inputs) : NetworkNode<T>(Name, Inputs);

/// <summary>Linear layer: [In] -> [Out]. Weights are [Out, In], row-major; the bias [Out].</summary>
internal sealed record LinearNode<T>(string Name, ImmutableArray<string> Inputs, int In, int Out, T[] Weights, T[] Bias)
    : NetworkNode<T>(Name, Inputs)
{
    /// <summary>[Out]: where weights are quantized, they are whole numbers of it from -127 to 127; otherwise null.</summary>
    public T[]? Unit { get; init; }
}

/// <summary>What a spike does to the membrane potential.</summary>
internal enum ResetKind
{
    /// <summary>It is 0 from the next step on (the paper's).</summary>
    Hard = 0,
}
