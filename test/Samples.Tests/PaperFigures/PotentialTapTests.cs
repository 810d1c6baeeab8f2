using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Torch;
using PaperFigures.Measurements;
using TorchSharp;
using static TorchSharp.torch;

namespace Samples.Tests.PaperFigures;

/// <summary>Distributions of a layer against plain loops over its neurons.</summary>
public class PotentialTapTests
{
    [Fact]
    public void Every_number_is_that_of_plain_loops()
    {
        const int T = 3, N = 2, Neurons = 3 * 4 * 4;
        const double Decay = 0.5, Threshold = 0.25;
        using DisposeScope scope = NewDisposeScope();
        using var backward = new BackwardRunner();
        using var rate = new FiringRateMeter();
        Tensor current = randn([T * N, 3, 4, 4], generator: new Generator(4)) * 0.3;
        float[] values = current.data<float>().ToArray();
        var call = new LifCall(new() { Decay = Decay, Threshold = Threshold }, T, IsStatic: false, rate, backward);

        var tap = new PotentialTap([1]);
        tap.Forward("stem", current, call);
        tap.Forward("measured", current, call);
        LayerPotentials found = Assert.Single(tap.Measured).Value;

        var potentials = new List<double>();
        int never = 0, always = 0;
        int[] firings = new int[T];
        for (int i = 0; i < N * Neurons; i++)
        {
            double u = 0;
            int fired = 0;
            for (int t = 0; t < T; t++)
            {
                u = (u > Threshold ? 0 : Decay * u) + values[t * N * Neurons + i];
                potentials.Add(u / Threshold);
                fired += u > Threshold ? 1 : 0;
                firings[t] += u > Threshold ? 1 : 0;
            }
            never += fired == 0 ? 1 : 0;
            always += fired == T ? 1 : 0;
        }
        double[] currents = [.. values.Select(x => x / Threshold)];
        Assert.Equal(firings.Select(count => (double)count / (N * Neurons)), found.FiringRates);
        Assert.Equal((double)never / (N * Neurons), found.NeverFiring, 1e-12);
        Assert.Equal((double)always / (N * Neurons), found.AlwaysFiring, 1e-12);
        Assert.InRange(always, 1, N * Neurons / 2);
        AssertMoments(currents, found.Current);
        AssertMoments(potentials, found.Potential);
        double[] ofCurrents = Shares(currents), ofPotentials = Shares(potentials);
        const double Bin = 2 * PotentialTap.Limit / PotentialTap.Bins;
        Assert.All(ofCurrents.Zip(found.CurrentDensity), pair => Assert.Equal(pair.First, pair.Second * Bin, 1e-9));
        Assert.All(ofPotentials.Zip(found.PotentialDensity), pair => Assert.Equal(pair.First, pair.Second * Bin, 1e-9));
        Assert.Equal(ofCurrents.Zip(ofPotentials, Math.Min).Sum(), found.Overlap, 1e-9);
    }

    private static void AssertMoments(IReadOnlyList<double> values, (double Mean, double Deviation) found)
    {
        double mean = values.Average();
        Assert.Equal(mean, found.Mean, 1e-6);
        Assert.Equal(Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), found.Deviation, 1e-6);
    }

    private static double[] Shares(IReadOnlyList<double> values)
    {
        var shares = new double[PotentialTap.Bins];
        foreach (double value in values)
        {
            int bin = (int)Math.Floor((value + PotentialTap.Limit) / (2 * PotentialTap.Limit) * PotentialTap.Bins);
            if (bin >= 0 && bin < shares.Length)
                shares[bin] += 1.0 / values.Count;
        }
        return shares;
    }
}
