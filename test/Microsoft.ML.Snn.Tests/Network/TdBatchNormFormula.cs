using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network;

public class TdBatchNormFormula
{
    private const int Channels = 3;

    [Theory]
    [InlineData(ScalarType.Float64, 1e-12)]
    [InlineData(ScalarType.Float32, 1e-5)]
    public void Training_normalizes_over_time_batch_and_pixels_to_alpha_times_threshold(ScalarType dtype, double tolerance)
    {
        using DisposeScope scope = NewDisposeScope();
        using var tensors = new NetworkTensors(1, CPU, dtype);
        var norm = new ThresholdDependentBatchNorm(tensors, "n", Channels, 1 / Math.Sqrt(2), 0.4);
        float[] lambda = [1.5f, 0.5f, -2], beta = [0.1f, 0, -0.3f];
        Set(tensors, lambda, beta);
        (Tensor x, double[][] values) = Input(dtype, 1);
        Tensor y = norm.Forward(x, Pass.Training).to(ScalarType.Float64);

        for (int c = 0; c < Channels; c++)
        {
            double mean = values[c].Average(), variance = values[c].Average(v => (v - mean) * (v - mean));
            double scale = lambda[c] * (1 / Math.Sqrt(2)) * 0.4 / Math.Sqrt(variance + 1e-5);
            double[] expected = [.. values[c].Select(v => scale * (v - mean) + beta[c])];
            Assert.Equal(expected, Channel(y, c), (a, b) => Math.Abs(a - b) <= tolerance);
            int n = values[c].Length;
            Assert.Equal(0.1 * mean, norm.RunningMean[c].ToDouble(), tolerance);
            Assert.Equal(0.9 + 0.1 * variance * n / (n - 1), norm.RunningVariance[c].ToDouble(), tolerance * 10);
        }
    }

    [Fact]
    public void Scoring_normalizes_by_the_running_statistics_and_leaves_them_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        using var tensors = new NetworkTensors(1, CPU, ScalarType.Float64);
        var norm = new ThresholdDependentBatchNorm(tensors, "n", Channels, 1, 0.5);
        tensors.Import(new Dictionary<string, float[]>
        {
            ["n.norm.weight"] = [1, 2, 3], ["n.norm.bias"] = [0, 1, 2],
            ["n.norm.running_mean"] = [0.5f, 0, -1], ["n.norm.running_var"] = [4, 1, 0.25f],
        });
        IReadOnlyDictionary<string, float[]> before = tensors.Export();
        (Tensor x, double[][] values) = Input(ScalarType.Float64, 2);
        Tensor y = norm.Forward(x, Pass.Scoring);
        double[] mean = [0.5, 0, -1], variance = [4, 1, 0.25];
        for (int c = 0; c < Channels; c++)
        {
            double[] expected = [.. values[c].Select(v => (c + 1) * 0.5 * (v - mean[c]) / Math.Sqrt(variance[c] + 1e-5) + c)];
            Assert.Equal(expected, Channel(y, c), (a, b) => Math.Abs(a - b) <= 1e-12);
        }
        Assert.Equal(before, tensors.Export());
    }

    [Fact]
    public void Gradients_are_those_of_finite_differences()
    {
        using DisposeScope scope = NewDisposeScope();
        using var tensors = new NetworkTensors(1, CPU, ScalarType.Float64);
        var norm = new ThresholdDependentBatchNorm(tensors, "n", Channels, 1 / Math.Sqrt(2), 0.5);
        Set(tensors, [1.5f, 0.5f, -2], [0.1f, 0, -0.3f]);
        Tensor x = Input(ScalarType.Float64, 3).X.requires_grad_();
        Tensor weights = Input(ScalarType.Float64, 4).X;
        Loss().backward();
        foreach (Tensor variable in new[] { x, norm.Weight, norm.Bias })
        {
            using IDisposable mode = no_grad();
            Tensor flat = variable.view(-1), gradient = variable.grad!.reshape(-1);
            for (int i = 0; i < Math.Min(flat.numel(), 12); i++)
            {
                const double step = 1e-5;
                double value = flat[i].ToDouble();
                flat[i] = value + step;
                double above = Loss().ToDouble();
                flat[i] = value - step;
                double below = Loss().ToDouble();
                flat[i] = value;
                Assert.Equal((above - below) / (2 * step), gradient[i].ToDouble(), 1e-7);
            }
        }

        Tensor Loss() => (norm.Forward(x, Pass.Training).pow(2) * weights).sum();
    }

    /// <summary>With lambda 1, beta 0 and alpha 1, 1 - Phi(1) = 15.87 % of normal inputs exceed the threshold, whatever it is.</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(1.7)]
    public void Normal_inputs_exceed_the_threshold_in_15_87_percent_of_cases(double threshold)
    {
        using DisposeScope scope = NewDisposeScope();
        using var tensors = new NetworkTensors(1, CPU, ScalarType.Float32);
        using var backward = new BackwardRunner();
        using var neurons = new LifNeuron("n", new() { Threshold = threshold }, backward);
        var norm = new ThresholdDependentBatchNorm(tensors, "n", 2, 1, threshold);
        var random = new Random(7);
        const int count = 400_000;
        float[] normal = [.. Enumerable.Range(0, count).Select(_ =>
            (float)(3 + 10 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
        neurons.Forward(norm.Forward(tensor(normal, [count / 8, 2, 2, 2]), Pass.Training), 1);
        // The standard error of the share is 0.0006.
        Assert.Equal(0.1587, neurons.FiringRate.Rate, 0.002);
    }

    [Fact]
    public void One_value_a_channel_becomes_beta_and_leaves_the_running_statistics_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        using var tensors = new NetworkTensors(1, CPU, ScalarType.Float32);
        var norm = new ThresholdDependentBatchNorm(tensors, "n", Channels, 1, 0.5);
        Set(tensors, [1, 1, 1], [0.25f, 0, 1]);
        Tensor y = norm.Forward(tensor(new float[] { 5, 6, 7 }, [1, 3]), Pass.Training);
        Assert.Equal([0.25f, 0, 1], y.data<float>(), (a, b) => Math.Abs(a - b) < 1e-4);
        Assert.Equal([0, 0, 0], norm.RunningMean.data<float>());
        Assert.Equal([1, 1, 1], norm.RunningVariance.data<float>());
    }

    private static void Set(NetworkTensors tensors, float[] lambda, float[] beta) => tensors.Import(new Dictionary<string, float[]>
    {
        ["n.norm.weight"] = lambda, ["n.norm.bias"] = beta, ["n.norm.running_mean"] = [0, 0, 0], ["n.norm.running_var"] = [1, 1, 1],
    });

    /// <summary>A tensor [T*N, C, H, W] and its values channel by channel.</summary>
    private static (Tensor X, double[][] Values) Input(ScalarType dtype, int seed)
    {
        var random = new Random(seed);
        const int images = 4, pixels = 6;
        double[] all = [.. Enumerable.Range(0, images * Channels * pixels).Select(_ => (double)(float)(random.NextDouble() * 3 - 1))];
        double[][] values = [.. Enumerable.Range(0, Channels).Select(c => all.Where((_, i) => i / pixels % Channels == c).ToArray())];
        return (tensor(all, [images, Channels, 2, 3]).to(dtype), values);
    }

    private static double[] Channel(Tensor y, int c) => y.narrow(1, c, 1).contiguous().data<double>().ToArray();
}
