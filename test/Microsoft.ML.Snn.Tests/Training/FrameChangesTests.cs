using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>What whole parts of event frames lose or exchange, and how often.</summary>
public class FrameChangesTests
{
    private const int Samples = 2000;

    private static readonly SampleShape _shape = new(5, 2, 6, 8);

    [Fact]
    public void Every_second_sample_has_its_polarities_exchanged_in_all_steps()
    {
        float[] raw = Raw(_shape), exchanged = [.. raw.Chunk(48).Chunk(2).SelectMany(step => step[1].Concat(step[0]))];
        int flips = 0;
        foreach (float[] prepared in Prepared(_shape, new() { PolarityFlip = true }))
        {
            bool isExchanged = prepared.SequenceEqual(exchanged);
            Assert.True(isExchanged || prepared.SequenceEqual(raw));
            flips += isExchanged ? 1 : 0;
        }
        AssertShare(0.5, flips);
    }

    [Theory]
    [InlineData(5, 0.5)]
    [InlineData(5, 0.99)]
    [InlineData(2, 0.2)]
    [InlineData(1, 0.9)]
    public void A_run_of_time_steps_loses_its_events_and_its_length_is_uniform_up_to_the_share(int slices, double largest)
    {
        SampleShape shape = _shape with { Slices = slices };
        float[] raw = Raw(shape);
        var lengths = new int[slices + 1];
        var firsts = new int[slices];
        foreach (float[] prepared in Prepared(shape, new() { TimeDrop = largest }))
        {
            int[] empty = [.. Enumerable.Range(0, slices).Where(t => prepared.AsSpan(t * 96, 96).IndexOfAnyExcept(0f) < 0)];
            lengths[empty.Length]++;
            if (empty.Length > 0)
                firsts[empty[0]]++;
            Assert.Equal(Enumerable.Range(empty.FirstOrDefault(), empty.Length), empty);
            Assert.True(prepared.SequenceEqual(raw.Select((value, i) => empty.Contains(i / 96) ? 0 : value)));
        }
        // A length rounded at random, over all shares; one step is left.
        for (int n = 0; n <= slices; n++)
        {
            double share = Enumerable.Range(0, 10_000).Average(i =>
            {
                double length = (i + 0.5) / 10_000 * largest * slices;
                return Math.Max(0, 1 - Math.Abs(length - n));
            });
            if (n == slices - 1)
                share += Enumerable.Range(0, 10_000).Average(i => Math.Max(0, 1 - Math.Abs((i + 0.5) / 10_000 * largest * slices - slices)));
            AssertShare(n == slices ? 0 : Math.Min(share, 1), lengths[n]);
        }
        // Runs of one step begin anywhere.
        if (slices > 1)
            Assert.All(firsts[..^1], count => Assert.InRange(count, 1, Samples));
    }

    [Fact]
    public void A_rectangle_inside_the_frame_loses_its_events_in_all_planes_and_its_area_is_uniform_up_to_the_share()
    {
        const double Largest = 0.6;
        float[] raw = Raw(_shape);
        double area = 0;
        var lost = new int[48];
        foreach (float[] prepared in Prepared(_shape, new() { AreaDrop = Largest }))
        {
            int[] places = [.. Enumerable.Range(0, 48).Where(i => prepared[i] == 0)];
            int rows = places.Select(i => i / 8).Distinct().Count(), columns = places.Select(i => i % 8).Distinct().Count();
            Assert.Equal(rows * columns, places.Length);
            Assert.InRange(rows, 0, (int)(Math.Sqrt(Largest) * 6) + 1);
            Assert.True(prepared.SequenceEqual(raw.Select((value, i) => places.Contains(i % 48) ? 0 : value)));
            foreach (int place in places)
                lost[place]++;
            area += places.Length / 48.0 / Samples;
        }
        // Each side is rounded at random for itself, so that the mean area is the mean share.
        Assert.Equal(Largest / 2, area, 0.02);
        Assert.All(lost, count => Assert.InRange(count, 5, Samples));
        Assert.True(lost[0] < lost[3 * 8 + 4], "a corner is lost less often than the middle");
    }

    [Fact]
    public void A_seed_decides_and_without_a_generator_nothing_changes()
    {
        var augmentation = new ImageAugmentation { PolarityFlip = true, TimeDrop = 0.5, AreaDrop = 0.5, EventNoise = 0.2 };
        float[][] first = [.. Prepared(_shape, augmentation).Take(20)], again = [.. Prepared(_shape, augmentation).Take(20)];
        Assert.Equal(first, again);
        Assert.NotEqual(first, [.. Prepared(_shape, augmentation, seed: 2).Take(20)]);
        float[] raw = Raw(_shape), prepared = new float[raw.Length];
        new SamplePreparation(_shape, null, augmentation).Prepare(raw, prepared, random: null);
        Assert.Equal(raw, prepared);
    }

    [Fact]
    public void Samples_that_are_no_such_frames_are_refused()
    {
        var image = new SampleShape(null, 2, 6, 8);
        Refused("PolarityFlip", new() { PolarityFlip = true }, image);
        Refused("TimeDrop", new() { TimeDrop = 0.1 }, image);
        Refused("AreaDrop", new() { AreaDrop = 0.1 }, image);
        Refused("EventNoise", new() { EventNoise = 0.1 }, image);
        Refused("PolarityFlip", new() { PolarityFlip = true }, _shape with { Channels = 1 });

        static void Refused(string option, ImageAugmentation augmentation, SampleShape shape)
        {
            var e = Assert.Throws<ArgumentOutOfRangeException>(() => SamplePreparation.Check(augmentation, shape));
            Assert.Contains(option, e.Message);
            Assert.Equal(option, e.ParamName);
        }
    }

    private static IEnumerable<float[]> Prepared(SampleShape shape, ImageAugmentation augmentation, int seed = 1)
    {
        float[] raw = Raw(shape);
        var preparation = new SamplePreparation(shape, null, augmentation);
        var random = new Random(seed);
        for (int i = 0; i < Samples; i++)
        {
            float[] prepared = new float[raw.Length];
            preparation.Prepare(raw, prepared, random);
            yield return prepared;
        }
    }

    private static float[] Raw(SampleShape shape) => [.. Enumerable.Range(0, shape.Length).Select(i => 1f + i % 5)];

    /// <summary>Within five standard deviations of a binomial number.</summary>
    private static void AssertShare(double share, int count)
    {
        double deviation = Math.Sqrt(Samples * share * (1 - share));
        Assert.InRange(count, Samples * share - 5 * deviation - 1e-6, Samples * share + 5 * deviation + 1);
    }
}
