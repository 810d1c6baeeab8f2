using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Torch;

namespace Microsoft.ML.Snn.Benchmarks.Density;

/// <summary>A network whose second layer is measured: a 3x3 convolution with as many outputs as inputs, and neurons.</summary>
internal static class SpikingLayerPair
{
    private static readonly float[] _decay = [0.25f], _threshold = [0.5f];

    public static SpikingNetwork Create(int channels, int size, int timeSteps)
    {
        var generator = new WeightGenerator(1);
        return new(new NetworkGraph<float>
        {
            Channels = 1,
            Height = size,
            Width = size,
            TimeSteps = timeSteps,
            InputHasTimeSteps = false,
            Classes = 2,
            Nodes =
            [
                Convolution("source", NetworkNode<float>.NetworkInput, 1, channels, kernel: 1),
                new NeuronNode<float>("source.neurons", ["source"], _decay, _threshold, ResetKind.Hard),
                Convolution("layer", "source.neurons", channels, channels, kernel: 3),
                new NeuronNode<float>("layer.neurons", ["layer"], _decay, _threshold, ResetKind.Hard),
                new PoolNode<float>("pool", ["layer.neurons"]),
                new LinearNode<float>("output", ["pool"], channels, 2, generator.KaimingNormal(2 * channels, channels), new float[2]),
            ],
        });

        ConvolutionNode<float> Convolution(string name, string input, int inputs, int outputs, int kernel)
        {
            long fanIn = (long)inputs * kernel * kernel;
            float[] weights = generator.KaimingNormal(outputs * fanIn, fanIn);
            return new(name, [input], inputs, outputs, kernel, Stride: 1, weights, new float[outputs]);
        }
    }
}
