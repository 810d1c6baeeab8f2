using Microsoft.ML.Snn.Engine.Format;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Interchange.Weights;

namespace Microsoft.ML.Snn;

public static partial class SpikingNetworkInterchange
{
    /// <summary>
    /// Writes the network's tensors as a safetensors file, all float32: for each layer <c>layer.weight</c> ([Out, In, Kernel, Kernel] or
    /// [Out, In]) and <c>layer.bias</c> with batch normalization folded in, <c>layer.scale</c> and <c>layer.offset</c> of input
    /// normalization and identity shortcuts, <c>layer.decay</c> and <c>layer.threshold</c> ([1] or [C]) of neurons. 8-bit weights are
    /// written as what they stand for. The file's metadata (<c>__metadata__</c>, texts by names) tell of each layer of neurons what a spike
    /// does to the membrane potential: <c>layer.reset</c> is <c>hard</c> where it sets it to 0, <c>soft</c> where it subtracts the
    /// threshold (<see cref="NetworkLayer.HasSoftReset"/>).
    /// </summary>
    /// <param name="network">The network to write.</param>
    /// <param name="path">Path of the file; one that is there is replaced as soon as the new one is complete.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, is a folder or, on Windows, stays open.</exception>
    public static void SaveSafetensors(this SpikingNetwork network, string path)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentException.ThrowIfNullOrEmpty(path);
        NetworkGraph<float> graph = network.ToGraph();
        CompletedFile.Write(path, stream => SafetensorsFile.Write(
            stream,
            [.. graph.Nodes.OfType<NeuronNode<float>>().Select(neurons => ($"{neurons.Name}.reset", Text(neurons.Reset)))],
            [.. graph.Nodes.SelectMany(Tensors)]));
    }

    private static string Text(ResetKind reset) => reset switch
    {
        ResetKind.Hard => "hard",
        ResetKind.Soft => "soft",
        _ => throw new InvalidOperationException($"A reset of kind {(int)reset} is unknown."),
    };

    private static (string Name, int[] Shape, float[] Values)[] Tensors(NetworkNode<float> node) => node switch
    {
        LinearNode<float> linear =>
            [($"{node.Name}.weight", [linear.Out, linear.In], linear.Weights), ($"{node.Name}.bias", [linear.Out], linear.Bias)],
        WeightedNode<float> weighted =>
        [
            ($"{node.Name}.weight", [weighted.Out, weighted.In, weighted.Kernel, weighted.Kernel], weighted.Weights),
            ($"{node.Name}.bias", [weighted.Out], weighted.Bias),
        ],
        ChannelScaleNode<float> scaled =>
            [($"{node.Name}.scale", [scaled.Scale.Length], scaled.Scale), ($"{node.Name}.offset", [scaled.Offset.Length], scaled.Offset)],
        NeuronNode<float> neurons =>
        [
            ($"{node.Name}.decay", [neurons.Decay.Length], neurons.Decay),
            ($"{node.Name}.threshold", [neurons.Threshold.Length], neurons.Threshold),
        ],
        _ => [],
    };
}
