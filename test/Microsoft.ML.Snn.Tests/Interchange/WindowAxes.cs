using Microsoft.ML.Snn.Interchange.Nir;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>Windows on windows, beside the places that each of them takes.</summary>
public class WindowAxes
{
    [Fact]
    public void One_window_is_two_where_no_place_beyond_the_first_ones_outputs_would_find_an_input()
    {
        var random = new Random(1);
        int composed = 0, refused = 0;
        for (int i = 0; i < 20000; i++)
        {
            WindowAxis first = Axis(random, random.Next(1, 9));
            WindowAxis second = Axis(random, first.Output);
            if (second.After(first) is not { } both)
            {
                refused++;
                Assert.Contains(Places(second), output => (output < 0 || output >= first.Output) && Inputs(first, output).Any());
                continue;
            }
            composed++;
            Assert.Equal((first.Input, second.Output), (both.Input, both.Output));
            for (int output = 0; output < second.Output; output++)
            {
                // Each tap of the second on each of the first, as often as it is there.
                IEnumerable<long> twice = Taps(second, output).SelectMany(place => Inputs(first, place));
                IEnumerable<long> once = Enumerable.Range(0, second.Kernel).SelectMany(k => Enumerable.Range(0, first.Kernel).Select(
                    j => (long)output * both.Stride - both.Padding + k * first.Stride + j)).Where(place => IsInside(both, place));
                Assert.Equal(twice.Order(), once.Order());
                IEnumerable<long> real = Inputs(second, output).SelectMany(place => Inputs(first, place));
                Assert.Equal(real.Order(), once.Order());
            }
        }
        Assert.InRange(composed, 1000, 19000);
        Assert.InRange(refused, 1000, 19000);
    }

    [Fact]
    public void Much_padding_takes_no_time()
    {
        // One place after the other, these would be some 10 to the power of 13.
        var identity = WindowAxis.Identity(8);
        for (int i = 0; i < 100_000; i++)
            Assert.Equal(2, WindowAxis.Fitted(8, 1, 1 << 28, 1 << 27).After(identity)!.Value.Output);
    }

    private static WindowAxis Axis(Random random, int input)
    {
        while (true)
        {
            var axis = WindowAxis.Fitted(input, random.Next(1, 5), random.Next(1, 4), random.Next(0, 4));
            if (axis.Output > 0)
                return axis;
        }
    }

    private static IEnumerable<long> Taps(WindowAxis axis, long output) =>
        Enumerable.Range(0, axis.Kernel).Select(k => output * axis.Stride - axis.Padding + k);

    /// <summary>All from the first one's first to the last one's last.</summary>
    private static IEnumerable<long> Places(WindowAxis axis) => Enumerable.Range(
        -axis.Padding, (axis.Output - 1) * axis.Stride + axis.Kernel).Select(place => (long)place);

    private static IEnumerable<long> Inputs(WindowAxis axis, long output) => Taps(axis, output).Where(place => IsInside(axis, place));

    private static bool IsInside(WindowAxis axis, long place) => place >= 0 && place < axis.Input;
}
