using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>
/// libtorch through TorchSharp, on the folded weights: all steps of a layer in one convolution, channels-last, a static input's convolution
/// computed once.
/// </summary>
internal sealed class TorchContender : IContender
{
    public const string Float32 = "libtorch float32", BFloat16 = "libtorch bfloat16";

    private readonly NetworkGraph<float> _graph;
    private readonly ScalarType _type;
    private readonly int _threads;
    private readonly Dictionary<string, (Tensor Weights, Tensor Bias)> _parameters = [];

    public TorchContender(NetworkGraph<float> graph, ScalarType type, int threads)
    {
        // Threads that spin while they wait slow everything down where others compute, too.
        TorchNatives.EnsureLoaded();
        _graph = graph;
        _type = type;
        _threads = threads;
        Name = type == ScalarType.Float32 ? Float32 : BFloat16;
        foreach (NetworkNode<float> node in graph.Nodes)
        {
            switch (node)
            {
                case ConvolutionNode<float> n:
                    Add(node, ChannelsLast(tensor(n.Weights, [n.Out, n.In, n.Kernel, n.Kernel])), tensor(n.Bias));
                    break;
                case LinearNode<float> n:
                    Add(node, tensor(n.Weights, [n.Out, n.In]), tensor(n.Bias));
                    break;
                case AffineNode<float> n:
                    Add(node, tensor(n.Scale, [1, n.Scale.Length, 1, 1]), tensor(n.Offset, [1, n.Offset.Length, 1, 1]));
                    break;
                case InputAffineNode<float> n:
                    Add(node, tensor(n.Scale, [1, n.Scale.Length, 1, 1]), tensor(n.Offset, [1, n.Offset.Length, 1, 1]));
                    break;
                case NeuronNode<float> { Decay.Length: not 1 } or NeuronNode<float> { Threshold.Length: not 1 }:
                    throw new NotSupportedException("Neurons of the benchmark have one decay and one threshold.");
            }
        }
    }

    public string Name { get; }

    public void Score(float[] features, int rows, float[] scores)
    {
        set_num_threads(_threads);
        using var inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        using var input = tensor(features, [rows, _graph.Channels, _graph.Height, _graph.Width]);
        var values = new Dictionary<string, Tensor> { [NetworkNode<float>.NetworkInput] = ChannelsLast(input).to(_type) };
        foreach (NetworkNode<float> node in _graph.Nodes)
            values[node.Name] = Compute(node, values, rows);
        Tensor logits = values[_graph.Nodes[^1].Name].to(ScalarType.Float32).reshape(_graph.TimeSteps, rows, -1).mean([0]);
        nn.functional.softmax(logits, 1).data<float>().CopyTo(scores);
    }

    public void Dispose()
    {
        foreach ((Tensor weights, Tensor bias) in _parameters.Values)
        {
            weights.Dispose();
            bias.Dispose();
        }
    }

    private Tensor Compute(NetworkNode<float> node, Dictionary<string, Tensor> values, int rows)
    {
        Tensor x = values[node.Inputs[0]];
        switch (node)
        {
            case ConvolutionNode<float> n:
                return nn.functional.conv2d(
                    x, _parameters[n.Name].Weights, _parameters[n.Name].Bias, [n.Stride, n.Stride], [n.Kernel / 2, n.Kernel / 2]);
            case LinearNode<float> n:
                return nn.functional.linear(x, _parameters[n.Name].Weights, _parameters[n.Name].Bias);
            case AffineNode<float> or InputAffineNode<float>:
                return addcmul(_parameters[node.Name].Bias, x, _parameters[node.Name].Weights, 1);
            case AddNode<float>:
                return x + values[node.Inputs[1]];
            case PoolNode<float>:
                return x.sum([2, 3]);
            case NeuronNode<float> n:
                return Fire(x, rows, n.Decay[0], n.Threshold[0]);
            default:
                throw new NotSupportedException(node.GetType().Name);
        }
    }

    /// <summary>Currents [T * N, ...], or [N, ...] where they are the same at every step -> spikes [T * N, ...].</summary>
    private Tensor Fire(Tensor currents, int rows, float decay, float threshold)
    {
        bool isStatic = currents.shape[0] == rows;
        long[] shape = currents.shape;
        shape[0] = (long)rows * _graph.TimeSteps;
        Tensor spikes = shape.Length == 4
            ? empty([shape[0], shape[2], shape[3], shape[1]], _type).permute(0, 3, 1, 2) : empty(shape, _type);
        Tensor? membrane = null, fired = null;
        for (int step = 0; step < _graph.TimeSteps; step++)
        {
            Tensor current = isStatic ? currents : currents.narrow(0, (long)step * rows, rows);
            // Eq. 1 in two passes over memory.
            membrane = membrane is null ? current : membrane.masked_fill_(fired!, 0).mul_(decay).add_(current);
            if (isStatic && step == 0)
                membrane = membrane.clone();
            fired = membrane > threshold;
            spikes.narrow(0, (long)step * rows, rows).copy_(fired);
        }
        return spikes;
    }

    private void Add(NetworkNode<float> node, Tensor weights, Tensor bias) =>
        _parameters[node.Name] = (weights.to(_type), bias.to(_type));

    private static Tensor ChannelsLast(Tensor tensor) => tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
}
