using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>Mean and variance of what each tdBN of a network normalizes, over all forward passes that it has seen.</summary>
internal sealed class CurrentMeter
{
    private readonly Dictionary<string, Totals> _layers = [];

    /// <param name="layer">The tdBN's name, as in its tensors' names before <c>.norm</c>.</param>
    /// <param name="x">[T*N, C, H, W] or [T*N, C].</param>
    public void Add(string layer, Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable mode = no_grad();
        long[] dimensions = [.. Enumerable.Range(0, (int)x.dim()).Where(d => d != 1).Select(d => (long)d)];
        Tensor mean = x.mean(dimensions), variance = x.var(dimensions, unbiased: false);
        if (!_layers.TryGetValue(layer, out Totals? totals))
            _layers.Add(layer, totals = new((int)x.shape[1]));
        totals.Add(x.numel() / x.shape[1], Values(mean), Values(variance));

        static double[] Values(Tensor tensor) => tensor.to(ScalarType.Float64).cpu().data<double>().ToArray();
    }

    /// <summary>Mean and biased variance of each channel.</summary>
    public (double[] Mean, double[] Variance) Of(string layer) => (_layers[layer].Mean, _layers[layer].Variance);

    private sealed class Totals(int channels)
    {
        private long _count;

        public double[] Mean { get; } = new double[channels];

        public double[] Variance { get; } = new double[channels];

        /// <summary>Joins two sets' means and variances (Chan et al., 1979).</summary>
        public void Add(long count, double[] mean, double[] variance)
        {
            double share = (double)count / (_count + count);
            for (int c = 0; c < Mean.Length; c++)
            {
                double difference = mean[c] - Mean[c];
                Variance[c] += share * (variance[c] - Variance[c]) + share * (1 - share) * difference * difference;
                Mean[c] += share * difference;
            }
            _count += count;
        }
    }
}
