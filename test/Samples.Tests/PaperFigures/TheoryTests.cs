using PaperFigures.Theory;

namespace Samples.Tests.PaperFigures;

/// <summary>Closed forms against numbers that were computed apart from them.</summary>
public class TheoryTests
{
    // Vth 0.5: tdBN with a / Vth of 2, 1.8, 1.2 and 1; plain batch normalization; tdBN with other thresholds at a = 1.
    [Theory]
    [InlineData(0.5, 0.5, 1.0, 0.894)]
    [InlineData(0.5, 0.5, 0.9, 0.998)]
    [InlineData(0.5, 0.5, 0.6, 1.508)]
    [InlineData(1.0, 1.0, 1.0, 1.811)]
    [InlineData(1.0, 0.5, 1.0, 1.600)]
    [InlineData(0.25, 0.25, 1.0, 0.393)]
    [InlineData(2.0, 2.0, 1.0, 3.63)]
    public void Phi_is_that_of_the_table(double deviation, double threshold, double width, double phi) =>
        Assert.Equal(phi, GradientTheory.Phi(deviation, threshold, width), 0.005);

    [Fact]
    public void Rates_windows_and_ratios_are_those_of_the_table()
    {
        Assert.Equal(0.1587, GradientTheory.FiringRate(0.5, 0.5), 5e-5);
        Assert.Equal(0.3085, GradientTheory.FiringRate(1, 0.5), 5e-5);
        Assert.Equal(0.4772, GradientTheory.InWindow(0.5, 0.5, 1), 5e-5);
        Assert.Equal(0.385, GradientTheory.NormRatio(0.894, 18), 0.002);
        Assert.Equal(54, GradientTheory.NormRatio(1.6, 18), 0.5);
    }

    [Theory]
    [InlineData(0.25, -0.0605, 1.017)]
    [InlineData(0.5, -0.121, 1.065)]
    public void The_second_step_is_that_of_many_drawn_neurons(double decay, double mean, double deviation)
    {
        (double Mean, double Deviation, double FiringRate) theory = PotentialTheory.SecondStep(decay);
        Assert.Equal(mean, theory.Mean, 0.0006);
        Assert.Equal(deviation, theory.Deviation, 0.0006);

        var random = new Random(1);
        const int Neurons = 400_000;
        int firings = 0, ofConstant = 0;
        for (int i = 0; i < Neurons; i++)
        {
            double x = Normal(random);
            firings += Left(x, decay) + Normal(random) > 1 ? 1 : 0;
            ofConstant += Left(x, decay) + x > 1 ? 1 : 0;
        }
        Assert.Equal((double)firings / Neurons, theory.FiringRate, 0.003);
        Assert.Equal((double)ofConstant / Neurons, PotentialTheory.SecondStepOfConstantCurrent(decay), 0.003);
    }

    [Theory]
    [InlineData(0.25, 0.9987, 3e-5)]
    [InlineData(1, 0.773, 0.159)]
    [InlineData(4, 0.574, 0.401)]
    public void Constant_currents_let_these_shares_of_neurons_never_and_always_fire(double deviation, double never, double always)
    {
        (double Never, double Always) theory = PotentialTheory.ConstantCurrent(deviation, decay: 0.25);
        Assert.Equal(never, theory.Never, 0.001);
        Assert.Equal(always, theory.Always, 0.001);
    }

    [Theory]
    [InlineData(0.5, 0.087)]
    [InlineData(0.70710678, 0.155)]
    [InlineData(1, 0.230)]
    public void Normalized_shortcuts_settle_at_a_rate(double alpha, double rate)
    {
        Assert.Equal(rate, ShortcutTheory.StationaryRate(alpha), 0.001);
        // One block more, drawn: the branch is normal, the shortcut a normalized spike.
        var random = new Random(2);
        const int Neurons = 400_000;
        double settled = ShortcutTheory.StationaryRate(alpha), deviation = Math.Sqrt(settled * (1 - settled));
        int firings = 0;
        for (int i = 0; i < Neurons; i++)
        {
            double spike = random.NextDouble() < settled ? 1 : 0;
            firings += alpha * Normal(random) + alpha * (spike - settled) / deviation > 1 ? 1 : 0;
        }
        Assert.Equal((double)firings / Neurons, settled, 0.003);
    }

    [Fact]
    public void Raw_identities_fire_more_with_every_block()
    {
        double[] rates = [.. new[] { 1, 3, 7, 1000 }.Select(blocks => ShortcutTheory.RawIdentityRate(blocks, 1 / Math.Sqrt(2), 0.5))];
        Assert.Equal(0.1587, rates[0], 5e-5);
        Assert.Equal(0.258, rates[1], 0.001);
        Assert.Equal(0.378, rates[2], 0.001);
        // Adding two thresholds is as far above as none is below.
        Assert.Equal(0.5, rates[3], 1e-6);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.841344746068543)]
    [InlineData(-1.959963984540054, 0.025)]
    [InlineData(4, 0.999968328758167)]
    public void The_normal_distribution_is_that_of_tables(double x, double p)
    {
        Assert.Equal(p, NormalDistribution.Cumulative(x), 1e-13);
        Assert.Equal(1 - p, NormalDistribution.Above(x), 1e-13);
        Assert.Equal(1, NormalDistribution.Mean(z => z * z), 1e-9);
    }

    private static double Left(double u, double decay) => u > 1 ? 0 : decay * u;

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
