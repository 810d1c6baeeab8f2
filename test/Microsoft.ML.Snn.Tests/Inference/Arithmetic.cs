using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Running;

namespace Microsoft.ML.Snn.Tests.Inference;

public class Arithmetic
{
    [Fact]
    public void The_exponential_is_right_to_the_last_bits()
    {
        for (double x = -700; x <= 0; x += 0.0371)
            Assert.Equal(1, Softmax.Exp(x) / Math.Exp(x), 1e-15);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-745, 5e-324)]
    [InlineData(-1000, 0)]
    [InlineData(double.NegativeInfinity, 0)]
    public void The_exponential_is_right_at_its_ends(double x, double expected) => Assert.Equal(expected, Softmax.Exp(x));

    [Fact]
    public void Softmax_is_not_led_astray_by_large_values()
    {
        float[] probabilities = new float[3];
        Softmax.Apply([1e30f, -1e30f, 1e30f], probabilities);
        Assert.Equal([0.5f, 0, 0.5f], probabilities);
        Softmax.Apply([1, 2, 3], probabilities);
        Assert.Equal(0.66524096f, probabilities[2], 1e-7f);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1e-25)]
    [InlineData(1e30)]
    [InlineData(0.75)]
    public void The_fixed_point_is_as_fine_as_the_largest_sum_allows(double magnitude)
    {
        var random = new Random(1);
        for (int count = 1; count < 5000; count = count * 3 + 1)
        {
            float[] weights = [.. Enumerable.Range(0, count).Select(_ => (float)(magnitude * (random.NextDouble() - 0.5)))];
            int exponent = FixedPoint.Exponent([weights]);
            double unit = FixedPoint.Unit(exponent);
            Assert.Equal(exponent, -Math.Log2(unit));
            Assert.InRange(Magnitude(exponent), int.MaxValue / 2 - count, int.MaxValue);
            Assert.True(Magnitude(exponent + 1) > int.MaxValue);
            float[] rounded = [.. weights.Select(weight => (float)(Round(weight, exponent) * unit))];
            Assert.All(weights.Zip(rounded), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= unit / 2));
            // A second rounding, to a unit that may be finer, changes nothing.
            int again = FixedPoint.Exponent([rounded]);
            Assert.Equal(rounded, rounded.Select(weight => (float)(Round(weight, again) * (double)FixedPoint.Unit(again))));

            long Magnitude(int e) => weights.Sum(weight => (long)Math.Round(Math.ScaleB(Math.Abs((double)weight), e)));
        }

        static int Round(float weight, int exponent) => FixedPoint.Round(weight, FixedPoint.Unit(-exponent));
    }

    [Fact]
    public void Weights_of_zero_have_a_fixed_point_too() => Assert.Equal(0, FixedPoint.Exponent([new float[9]]));
}
