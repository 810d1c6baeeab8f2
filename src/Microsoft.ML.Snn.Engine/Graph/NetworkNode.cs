using System.Collections.Immutable;

namespace Microsoft.ML.Snn.Engine.Graph;

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

    public abstract NetworkLayerKind Kind { get; }

    /// <summary>Number of weights, biases, scales and offsets.</summary>
    public virtual long ParameterCount => 0;
}

/// <summary><c>y[c] = scale[c] * x[c] + offset[c]</c> on maps [C, H, W].</summary>
internal abstract record ChannelScaleNode<T>(string Name, ImmutableArray<string> Inputs, T[] Scale, T[] Offset)
    : NetworkNode<T>(Name, Inputs)
{
    public override long ParameterCount => Scale.LongLength + Offset.Length;
}

/// <summary>The input normalization: on the raw input, before any padding.</summary>
internal sealed record InputAffineNode<T>(string Name, ImmutableArray<string> Inputs, T[] Scale, T[] Offset)
    : ChannelScaleNode<T>(Name, Inputs, Scale, Offset)
{
    public override NetworkLayerKind Kind => NetworkLayerKind.InputNormalization;
}

/// <summary>An identity shortcut's tdBN: on spikes.</summary>
internal sealed record AffineNode<T>(string Name, ImmutableArray<string> Inputs, T[] Scale, T[] Offset)
    : ChannelScaleNode<T>(Name, Inputs, Scale, Offset)
{
    public override NetworkLayerKind Kind => NetworkLayerKind.IdentityShortcut;
}

/// <summary>
/// A convolution with a square kernel and zero padding Kernel / 2: [In, H, W] -> [Out, (H - 1) / Stride + 1, (W - 1) / Stride + 1].
/// Weights are [Out, In, Kernel, Kernel], row-major; the bias [Out]. A linear layer is one of 1x1 on a map of 1x1.
/// </summary>
internal abstract record WeightedNode<T>(
    string Name, ImmutableArray<string> Inputs, int In, int Out, int Kernel, int Stride, T[] Weights, T[] Bias)
    : NetworkNode<T>(Name, Inputs)
{
    /// <summary>[Out]: where weights are quantized, they are whole numbers of it from -127 to 127; otherwise null.</summary>
    public T[]? Unit { get; init; }

    // Not of the array's length: the weights may be elsewhere.
    public override long ParameterCount => (long)In * Out * Kernel * Kernel + Out;
}

/// <summary>A convolution of spikes, or of the network's input.</summary>
internal sealed record ConvolutionNode<T>(
    string Name, ImmutableArray<string> Inputs, int In, int Out, int Kernel, int Stride, T[] Weights, T[] Bias)
    : WeightedNode<T>(Name, Inputs, In, Out, Kernel, Stride, Weights, Bias)
{
    /// <summary>
    /// How much of the output there is, from its first row and column on; null for all. Convolutions with less padding, or with even
    /// kernels, are ones whose kernel has zeros and whose last rows and columns are left out.
    /// </summary>
    public (int Height, int Width)? Kept { get; init; }

    public override NetworkLayerKind Kind => NetworkLayerKind.Convolution;
}

/// <summary>A linear layer of counts or spikes, [In] -> [Out].</summary>
internal sealed record LinearNode<T>(string Name, ImmutableArray<string> Inputs, int In, int Out, T[] Weights, T[] Bias)
    : WeightedNode<T>(Name, Inputs, In, Out, Kernel: 1, Stride: 1, Weights, Bias)
{
    public override NetworkLayerKind Kind => NetworkLayerKind.Linear;
}

/// <summary>The sum of two or more maps of equal shape.</summary>
internal sealed record AddNode<T>(string Name, ImmutableArray<string> Inputs) : NetworkNode<T>(Name, Inputs)
{
    public override NetworkLayerKind Kind => NetworkLayerKind.Addition;
}

/// <summary>
/// LIF neurons (Eq. 1-3): <c>u[t] = decay * u[t-1] * (1 - o[t-1]) + x[t]</c>, <c>o[t] = u[t] &gt; threshold</c>.
/// Decay and threshold have one value for all channels, or one a channel. Neurons that send up to K spikes a step send
/// <c>k[t]</c>, the number of thresholds <c>threshold * (2 j - 1)</c>, j = 1..K, that u[t] exceeds, and are reset where k[t] is not 0.
/// With a soft reset <c>u[t] = decay * (u[t-1] - threshold * k[t-1]) + x[t]</c>.
/// </summary>
internal sealed record NeuronNode<T>(string Name, ImmutableArray<string> Inputs, T[] Decay, T[] Threshold, ResetKind Reset)
    : NetworkNode<T>(Name, Inputs)
{
    /// <summary>The highest <see cref="MaxSpikes"/> that there is.</summary>
    public const int MostSpikes = 15;

    /// <summary>K, 1 to <see cref="MostSpikes"/>.</summary>
    public int MaxSpikes { get; init; } = 1;

    public override NetworkLayerKind Kind => NetworkLayerKind.Neurons;
}

/// <summary>
/// The number of spikes of each channel: [C, H, W] -> [C]. (The average's divisor is folded into the linear layer after it.)
/// </summary>
internal sealed record PoolNode<T>(string Name, ImmutableArray<string> Inputs) : NetworkNode<T>(Name, Inputs)
{
    public override NetworkLayerKind Kind => NetworkLayerKind.Pooling;
}

/// <summary>What a spike does to the membrane potential.</summary>
internal enum ResetKind
{
    /// <summary>It is 0 from the next step on (the paper's).</summary>
    Hard = 0,

    /// <summary>It loses the threshold, once for each spike sent, and keeps the rest.</summary>
    Soft = 1,
}
