using Microsoft.ML.Snn.RandomNumbers;

namespace Microsoft.ML.Snn.Tests;

public class SplitMix64Numbers
{
    /// <summary>Those of the authors' C program for the seed 1234567, as Rosetta Code lists them.</summary>
    private static readonly ulong[] _published =
        [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];

    [Fact]
    public void They_are_the_published_ones_in_order_and_one_by_one()
    {
        var random = new SplitMix64(1234567);
        Assert.Equal(_published, Enumerable.Range(0, 5).Select(_ => random.Next()));
        Assert.Equal(_published, Enumerable.Range(1, 5).Select(count => SplitMix64.At(1234567, count)));
    }
}
