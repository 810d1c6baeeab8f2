using Microsoft.ML.Snn.Torch;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Benchmarks.Density;

/// <summary>libtorch's 3x3 convolution of all time steps at once, channels-last, on one thread.</summary>
internal sealed class DenseConvolution : IDisposable
{
    private readonly Tensor _input, _weights, _bias;

    public DenseConvolution(int channels, int size, int timeSteps)
    {
        TorchNatives.EnsureLoaded();
        set_num_threads(1);
        // What is in the input plays no part in a dense convolution's time.
        using Tensor input = zeros(timeSteps, size, size, channels), weights = zeros(channels, 3, 3, channels);
        _input = input.permute(0, 3, 1, 2).alias();
        _weights = weights.permute(0, 3, 1, 2).alias();
        _bias = zeros(channels);
    }

    public void Run()
    {
        using var inference = inference_mode();
        using Tensor result = nn.functional.conv2d(_input, _weights, _bias, [1, 1], [1, 1]);
    }

    public void Dispose()
    {
        _input.Dispose();
        _weights.Dispose();
        _bias.Dispose();
    }
}
