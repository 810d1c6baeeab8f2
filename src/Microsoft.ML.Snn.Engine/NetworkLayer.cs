using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn;

/// <summary>
/// One layer of a trained network, read-only, for study: batch normalization is folded into its weights and biases. See
/// <see cref="SpikingNetwork.Layers"/>.
/// </summary>
public sealed class NetworkLayer
{
    private readonly NetworkNode<float> _node;
    private readonly Func<float[]> _getWeights;

    /// <param name="node">The layer, with or without its weights.</param>
    /// <param name="input">What its first input gives.</param>
    /// <param name="output">What it gives.</param>
    /// <param name="getWeights">Gives the weights of a convolution or linear layer.</param>
    internal NetworkLayer(NetworkNode<float> node, Signal input, Signal output, Func<float[]> getWeights)
    {
        _node = node;
        _getWeights = getWeights;
        InputNames = node.Inputs;
        (InputChannels, OutputChannels, Height, Width) = (input.Channels, output.Channels, output.Height, output.Width);
        if (node is NeuronNode<float> neuron)
            (Decay, Threshold) = (PerChannel(neuron.Decay), PerChannel(neuron.Threshold));
    }

    /// <summary>The layer's name, unique in its network.</summary>
    public string Name => _node.Name;

    /// <summary>What the layer computes.</summary>
    public NetworkLayerKind Kind => _node.Kind;

    /// <summary>The names of the layers that it takes its input from; <c>input</c> is the network's own.</summary>
    public IReadOnlyList<string> InputNames { get; }

    /// <summary>Number of channels of each input.</summary>
    public int InputChannels { get; }

    /// <summary>Number of channels of the output.</summary>
    public int OutputChannels { get; }

    /// <summary>Height of the output's map; 1 in a layer without one.</summary>
    public int Height { get; }

    /// <summary>Width of the output's map; 1 in a layer without one.</summary>
    public int Width { get; }

    /// <summary>Height and width of the kernel: 1 in a layer that is no convolution.</summary>
    public int KernelSize => _node is ConvolutionNode<float> convolution ? convolution.Kernel : 1;

    /// <summary>Distance of the kernel's places on the input: 1 in a layer that is no convolution.</summary>
    public int Stride => _node is ConvolutionNode<float> convolution ? convolution.Stride : 1;

    /// <summary>
    /// The most spikes that a neuron sends in a time step: 1, or as many as thresholds, <see cref="Threshold"/> times 1, 3, 5 and so on,
    /// are below its membrane potential. 0 in a layer without neurons.
    /// </summary>
    public int MaxSpikes => _node is NeuronNode<float> neuron ? neuron.MaxSpikes : 0;

    /// <summary>
    /// Whether a neuron's membrane potential loses its <see cref="Threshold"/>, once for each spike sent, and keeps the rest, as that of
    /// networks from other tools may; otherwise a spike sets it to 0. False in a layer without neurons.
    /// </summary>
    public bool HasSoftReset => _node is NeuronNode<float> { Reset: ResetKind.Soft };

    /// <summary>
    /// The membrane potential above which a neuron fires, for each channel: [<see cref="OutputChannels"/>]. Null in a layer without
    /// neurons.
    /// </summary>
    public IReadOnlyList<float>? Threshold { get; }

    /// <summary>
    /// What remains of the membrane potential from one time step to the next, 0 to 1, for each channel:
    /// [<see cref="OutputChannels"/>]. Null in a layer without neurons.
    /// </summary>
    public IReadOnlyList<float>? Decay { get; }

    /// <summary>
    /// The weights, as numbers that the engine computes with: those of 8 bits times their unit, and those that spikes add rounded to the
    /// engine's fixed point.
    /// </summary>
    /// <returns>
    /// A new array. Of a convolution or linear layer [<see cref="OutputChannels"/>, <see cref="InputChannels"/>, <see cref="KernelSize"/>,
    /// <see cref="KernelSize"/>], row-major; of an input normalization or identity shortcut a factor for each channel; otherwise empty.
    /// </returns>
    public float[] GetWeights() => _node switch
    {
        InputAffineNode<float> node => [.. node.Scale],
        AffineNode<float> node => [.. node.Scale],
        ConvolutionNode<float> or LinearNode<float> => _getWeights(),
        _ => [],
    };

    /// <summary>What the layer adds to each output channel.</summary>
    /// <returns>A new array: [<see cref="OutputChannels"/>], or empty in a layer that has no weights.</returns>
    public float[] GetBiases() => _node switch
    {
        InputAffineNode<float> node => [.. node.Offset],
        AffineNode<float> node => [.. node.Offset],
        ConvolutionNode<float> node => [.. node.Bias],
        LinearNode<float> node => [.. node.Bias],
        _ => [],
    };

    /// <summary>Such as <c>stem: Convolution [64, 32, 32]</c>.</summary>
    public override string ToString() => $"{Name}: {Kind} [{OutputChannels}, {Height}, {Width}]";

    private float[] PerChannel(float[] values) => values.Length == 1 ? [.. Enumerable.Repeat(values[0], OutputChannels)] : [.. values];
}
