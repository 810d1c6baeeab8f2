using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Where jitter takes events, against the distributions that it is said to have.</summary>
public class EventChangesTests
{
    private const int Events = 200_000;

    [Fact]
    public void Spatial_jitter_moves_each_event_by_a_rounded_normal_number_along_each_axis()
    {
        const double Deviation = 0.8;
        var shape = new SampleShape(1, 2, 11, 13);
        float[] raw = new float[shape.Length], prepared = new float[raw.Length];
        const int Y = 5, X = 6, Plane = 11 * 13;
        raw[Plane + Y * 13 + X] = Events; // ON
        Prepare(shape, new() { SpatialJitter = Deviation }, raw, prepared);
        Assert.All(prepared[..Plane], value => Assert.Equal(0, value));
        for (int i = 0; i < Plane; i++)
            AssertShare(Rounded(i % 13 - X) * Rounded(i / 13 - Y), prepared[Plane + i]);

        static double Rounded(int distance) => Below((distance + 0.5) / Deviation) - Below((distance - 0.5) / Deviation);
    }

    [Fact]
    public void Time_jitter_moves_each_event_from_anywhere_in_its_slice_by_a_normal_number_of_steps()
    {
        const double Deviation = 0.7;
        const int From = 2;
        var shape = new SampleShape(5, 2, 2, 3);
        float[] raw = new float[shape.Length], prepared = new float[raw.Length];
        raw[From * 12 + 8] = Events;
        Prepare(shape, new() { TimeJitter = Deviation }, raw, prepared);
        for (int t = 0; t < 5; t++)
        {
            // Over all moments of the slice.
            double share = Enumerable.Range(0, 1000).Average(i =>
            {
                double start = From + (i + 0.5) / 1000;
                return Below((t + 1 - start) / Deviation) - Below((t - start) / Deviation);
            });
            for (int i = 0; i < 12; i++)
                AssertShare(i == 8 ? share : 0, prepared[t * 12 + i]);
        }
    }

    [Fact]
    public void Events_that_leave_the_frame_or_the_recording_are_lost_and_a_fraction_moves_as_one()
    {
        var shape = new SampleShape(1, 1, 1, 1);
        float[] prepared = new float[1];
        Prepare(shape, new() { SpatialJitter = 1 }, [Events], prepared);
        double stay = Below(0.5) - Below(-0.5);
        AssertShare(stay * stay, prepared[0]);

        shape = new SampleShape(3, 1, 8, 8);
        float[] raw = new float[shape.Length];
        prepared = new float[raw.Length];
        raw[100] = 2.25f;
        Prepare(shape, new() { SpatialJitter = 0.6, TimeJitter = 0.2, EventDrop = 0.01 }, raw, prepared);
        Assert.Equal(2.25f, prepared.Sum());
        Assert.Single(prepared, value => value % 1 == 0.25f);
    }

    [Fact]
    public void Noise_adds_a_Poisson_number_of_events_to_each_element_at_a_rate_drawn_up_to_its_largest()
    {
        const double Largest = 0.4;
        var shape = new SampleShape(5, 2, 30, 30);
        var preparation = new SamplePreparation(shape, null, new ImageAugmentation { EventNoise = Largest });
        float[] raw = [.. Enumerable.Repeat(2f, shape.Length)], prepared = new float[raw.Length];
        var random = new Random(8);
        double[] rates = [.. Enumerable.Range(0, 200).Select(_ => Rate())];
        // Uniform: mean 0.2 (with a deviation of 0.008 over 200 draws), and all of the range.
        Assert.InRange(rates.Average(), 0.16, 0.24);
        Assert.InRange(rates.Min(), 0, 0.02);
        Assert.InRange(rates.Max(), 0.38, 0.42);

        double Rate()
        {
            preparation.Prepare(raw, prepared, random);
            double rate = prepared.Sum(value => value - 2.0) / raw.Length, probability = Math.Exp(-rate);
            for (int n = 0; n < 4; probability *= rate / ++n)
            {
                double deviation = Math.Sqrt(raw.Length * probability), count = prepared.Count(value => value == 2 + n);
                Assert.InRange(count, raw.Length * probability - 5 * deviation - 1, raw.Length * probability + 5 * deviation + 3);
            }
            return rate;
        }
    }

    [Fact]
    public void A_seed_decides_and_without_a_generator_nothing_moves()
    {
        var shape = new SampleShape(4, 2, 6, 6);
        float[] raw = [.. Enumerable.Range(0, shape.Length).Select(i => (float)(i % 3))];
        var augmentation = new ImageAugmentation { SpatialJitter = 1, TimeJitter = 1 };
        float[][] prepared = [.. ((int[])[1, 1, 2]).Select(seed =>
        {
            float[] one = new float[raw.Length];
            new SamplePreparation(shape, null, augmentation).Prepare(raw, one, new Random(seed));
            return one;
        })];
        Assert.Equal(prepared[0], prepared[1]);
        Assert.NotEqual(prepared[0], prepared[2]);
        new SamplePreparation(shape, null, augmentation).Prepare(raw, prepared[0], random: null);
        Assert.Equal(raw, prepared[0]);
    }

    private static void Prepare(SampleShape shape, ImageAugmentation augmentation, float[] raw, float[] prepared) =>
        new SamplePreparation(shape, null, augmentation).Prepare(raw, prepared, new Random(11));

    /// <summary>Within five standard deviations of a binomial number.</summary>
    private static void AssertShare(double share, float events)
    {
        double deviation = Math.Sqrt(Events * share * (1 - share));
        Assert.InRange(events, Events * share - 5 * deviation - 1e-6, Events * share + 5 * deviation + 1);
    }

    /// <summary>The standard normal distribution, by Simpson's rule.</summary>
    private static double Below(double x)
    {
        const int Steps = 200;
        double h = x / Steps, sum = 0;
        for (int i = 0; i <= Steps; i++)
            sum += Math.Exp(-i * h * i * h / 2) * (i is 0 or Steps ? 1 : i % 2 == 1 ? 4 : 2);
        return 0.5 + sum * h / 3 / Math.Sqrt(2 * Math.PI);
    }
}
