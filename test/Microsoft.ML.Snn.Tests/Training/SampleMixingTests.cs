using Microsoft.ML.Snn.RandomNumbers;
using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Mixup and CutMix: which samples, which shares, which labels.</summary>
public class SampleMixingTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(2)]
    public void Shares_have_the_beta_distribution(double alpha)
    {
        const int Draws = 20_000;
        var random = new Random(3);
        double[] shares = [.. Enumerable.Range(0, Draws).Select(_ => BetaDistribution.Draw(alpha, random)).Order()];
        // Kolmogorov and Smirnov: 1.95 / sqrt(n) is passed by chance once in a thousand times.
        double distance = shares.Select((share, i) => Math.Abs((i + 0.5) / Draws - Below(share))).Max();
        Assert.InRange(distance, 0, 1.95 / Math.Sqrt(Draws));

        // In closed form for these.
        double Below(double x) => alpha switch
        {
            0.5 => 2 / Math.PI * Math.Asin(Math.Sqrt(x)),
            1 => x,
            _ => x * x * (3 - 2 * x),
        };
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.1)]
    [InlineData(20)]
    [InlineData(1000)]
    public void So_have_they_at_the_ends_where_mean_and_variance_tell(double alpha)
    {
        var random = new Random(4);
        double[] shares = [.. Enumerable.Range(0, 20_000).Select(_ => BetaDistribution.Draw(alpha, random))];
        Assert.All(shares, share => Assert.InRange(share, 0, 1));
        double variance = 1 / (4 * (2 * alpha + 1)), mean = shares.Average();
        Assert.Equal(0.5, mean, 5 * Math.Sqrt(variance / shares.Length));
        Assert.Equal(1, shares.Average(share => (share - mean) * (share - mean)) / variance, 0.06);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3)]
    public void Mixup_is_the_mean_of_two_neighbors_and_the_larger_share_s_label_comes_first(int? slices)
    {
        var shape = new SampleShape(slices, 2, 3, 4);
        Batch batch = Numbered(shape, 200), original = Numbered(shape, 200);
        new SampleMixing(shape, new() { MixupAlpha = 0.7 }).Apply(batch, Drawing(1));
        int swapped = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            int next = (i + 1) % batch.Count, own = (int)batch.Labels[i], other = (int)batch.Mix!.Labels[i];
            Assert.Equal((Math.Min(i, next), Math.Max(i, next)), (Math.Min(own, other), Math.Max(own, other)));
            Assert.Equal((original.Weights[own], original.Weights[other]), (batch.Weights[i], batch.Mix.Weights[i]));
            Assert.InRange(batch.Mix.Shares[i], 0, 0.5f);
            swapped += own == next ? 1 : 0;
            double share = batch.Mix.Shares[i];
            for (int k = 0; k < shape.Length; k++)
            {
                double mean = (1 - share) * Pixel(original, own, k) + share * Pixel(original, other, k);
                Assert.Equal(mean, Pixel(batch, i, k), 1e-3);
            }
        }
        Assert.InRange(swapped, 70, 130);
    }

    [Theory]
    [InlineData(0.7, 0)]
    [InlineData(0, 1)]
    public void What_a_teacher_says_is_mixed_in_the_same_shares(double mixup, double cutMix)
    {
        const int Scores = 50;
        var shape = new SampleShape(null, 1, 8, 8);
        var batch = new Batch(Scores, shape.Length, Scores);
        for (int i = 0; i < Scores; i++)
        {
            batch.Labels[i] = i;
            batch.Teacher[i * Scores + i] = 1;
        }
        new SampleMixing(shape, new() { MixupAlpha = mixup, CutMixAlpha = cutMix }).Apply(batch, Drawing(5));
        for (int i = 0; i < Scores; i++)
        {
            var expected = new float[Scores];
            expected[batch.Labels[i]] += 1 - batch.Mix!.Shares[i];
            expected[batch.Mix.Labels[i]] += batch.Mix.Shares[i];
            for (int c = 0; c < Scores; c++)
                Assert.Equal(expected[c], batch.Teacher[i * Scores + c], 1e-6);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3)]
    public void CutMix_replaces_one_rectangle_in_all_planes_and_its_area_is_the_share(int? slices)
    {
        var shape = new SampleShape(slices, 2, 12, 16);
        Batch batch = Numbered(shape, 300), original = Numbered(shape, 300);
        new SampleMixing(shape, new() { CutMixAlpha = 1 }).Apply(batch, Drawing(2));
        var covered = new int[shape.PlaneLength];
        double area = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            int next = (i + 1) % batch.Count;
            int[] pasted = [.. Enumerable.Range(0, shape.Length).Where(k => Pixel(batch, i, k) != Pixel(original, i, k))];
            Assert.All(pasted, k => Assert.Equal(Pixel(original, next, k), Pixel(batch, i, k)));
            int[] places = [.. pasted.Select(k => k % shape.PlaneLength).Distinct()];
            Assert.Equal(places.Length * shape.Planes, pasted.Length);
            int rows = places.Select(k => k / 16).Distinct().Count(), columns = places.Select(k => k % 16).Distinct().Count();
            Assert.Equal(rows * columns, places.Length);
            foreach (int place in places)
                covered[place]++;
            double share = (double)places.Length / shape.PlaneLength;
            Assert.Equal(batch.Labels[i] == next ? 1 - share : share, batch.Mix!.Shares[i], 1e-6);
            area += share / batch.Count;
        }
        // The mean over centers and shares of the area that is left, in plain sums.
        Assert.Equal(MeanArea(12, 16), area, 0.05);
        Assert.All(covered, count => Assert.InRange(count, 1, 200));
    }

    [Fact]
    public void A_probability_leaves_samples_as_they_are_and_both_kinds_take_turns()
    {
        var shape = new SampleShape(null, 1, 8, 8);
        Batch batch = Numbered(shape, 2000), original = Numbered(shape, 2000);
        new SampleMixing(shape, new() { MixupAlpha = 1, CutMixAlpha = 1, MixingProbability = 0.6 }).Apply(batch, Drawing(5));
        int same = 0, cut = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            bool isSame = Enumerable.Range(0, 64).All(k => Pixel(batch, i, k) == Pixel(original, i, k));
            // Of a mean, no pixel is one of the two; of a cut, all are.
            bool isCut = !isSame && Enumerable.Range(0, 64).All(k => Pixel(batch, i, k) == Pixel(original, i, k)
                || Pixel(batch, i, k) == Pixel(original, (i + 1) % 2000, k));
            same += isSame ? 1 : 0;
            cut += isCut ? 1 : 0;
            if (isSame)
                Assert.Equal((0f, i), (batch.Mix!.Shares[i], (int)batch.Labels[i]));
        }
        // A rectangle may have no pixel: of a side below 1/8, which has a probability of 1/64.
        Assert.InRange(same, 730, 880);
        Assert.InRange(cut, 520, 660);
    }

    [Fact]
    public void A_single_sample_is_its_own_neighbor()
    {
        var shape = new SampleShape(null, 1, 2, 2);
        Batch batch = Numbered(shape, 1);
        new SampleMixing(shape, new() { MixupAlpha = 1 }).Apply(batch, Drawing(5));
        Assert.Equal(Numbered(shape, 1).Features, batch.Features);
        Assert.Equal((0, 0), (batch.Labels[0], batch.Mix!.Labels[0]));
    }

    [Fact]
    public void A_copy_takes_the_second_labels_along()
    {
        var shape = new SampleShape(null, 1, 2, 2);
        Batch batch = Numbered(shape, 3), copy = new(5, shape.Length);
        new SampleMixing(shape, new() { MixupAlpha = 1 }).Apply(batch, Drawing(5));
        Assert.Equal(3, batch.CopyTo(copy, 1));
        Assert.Equal(batch.Mix!.Labels, copy.Mix!.Labels[1..4]);
        Assert.Equal(batch.Mix.Shares, copy.Mix.Shares[1..4]);
        Assert.Equal(batch.Mix.Weights, copy.Mix.Weights[1..4]);
    }

    private static double MeanArea(int height, int width)
    {
        const int Steps = 2000;
        double sum = 0;
        for (int step = 0; step < Steps; step++)
        {
            double root = Math.Sqrt((step + 0.5) / Steps);
            sum += Kept((int)(root * height), height) * Kept((int)(root * width), width) / Steps;
        }
        return sum;

        static double Kept(int side, int size) => Enumerable.Range(0, size)
            .Average(center => Enumerable.Range(center - side / 2, side).Count(at => at >= 0 && at < size)) / size;
    }

    /// <summary>One generator for all samples.</summary>
    private static Func<int, Random> Drawing(int seed)
    {
        var random = new Random(seed);
        return _ => random;
    }

    private static float Pixel(Batch batch, int sample, int k) => batch.Features[sample * (batch.Features.Length / batch.Count) + k];

    /// <summary>Samples of pixels that differ in each, of a class and a weight of their own.</summary>
    private static Batch Numbered(SampleShape shape, int count)
    {
        var batch = new Batch(count, shape.Length);
        for (int i = 0; i < count; i++)
        {
            for (int k = 0; k < shape.Length; k++)
                batch.Features[i * shape.Length + k] = i % 7 * 3 + i % 11 + k / 1000f;
            batch.Labels[i] = i;
            batch.Weights[i] = 1 + i;
        }
        return batch;
    }
}
