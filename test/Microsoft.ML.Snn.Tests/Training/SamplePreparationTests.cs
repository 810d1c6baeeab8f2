using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Tests.Training;

public class SamplePreparationTests
{
    private static readonly SampleShape _image = new(null, 2, 4, 5);
    private static readonly (float[], float[]) _normalization = ([10, 100], [2, 50]);

    private static float[] Raw(SampleShape shape) => [.. Enumerable.Range(1, shape.Length).Select(i => (float)i)];

    [Fact]
    public void Normalizes_each_channel_by_its_mean_and_deviation()
    {
        float[] raw = Raw(_image), prepared = new float[raw.Length];
        new SamplePreparation(_image, _normalization, null).Prepare(raw, prepared, new Random(1));
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal((raw[i] - 10) / 2, prepared[i], 4);
            Assert.Equal((raw[20 + i] - 100) / 50, prepared[20 + i], 4);
        }
    }

    [Fact]
    public void Without_a_generator_nothing_is_augmented()
    {
        float[] raw = Raw(_image), prepared = new float[raw.Length];
        var augmentation = new ImageAugmentation { CropPadding = 2, HorizontalFlip = true, CutoutSize = 3 };
        new SamplePreparation(_image, null, augmentation).Prepare(raw, prepared, random: null);
        Assert.Equal(raw, prepared);
    }

    [Fact]
    public void Flip_mirrors_whole_rows_about_half_of_the_time()
    {
        float[] raw = Raw(_image), mirrored = [.. raw.Chunk(5).SelectMany(row => row.Reverse())], prepared = new float[raw.Length];
        var preparation = new SamplePreparation(_image, null, new ImageAugmentation { HorizontalFlip = true });
        var random = new Random(3);
        int flips = 0;
        for (int i = 0; i < 200; i++)
        {
            preparation.Prepare(raw, prepared, random);
            bool isFlipped = prepared.SequenceEqual(mirrored);
            Assert.True(isFlipped || prepared.SequenceEqual(raw));
            flips += isFlipped ? 1 : 0;
        }
        Assert.InRange(flips, 70, 130);
    }

    [Fact]
    public void Crop_shifts_all_channels_and_steps_alike_and_fills_with_raw_zeros()
    {
        var shape = new SampleShape(3, 2, 4, 5);
        float[] raw = Raw(shape), prepared = new float[raw.Length];
        var preparation = new SamplePreparation(shape, _normalization, new ImageAugmentation { CropPadding = 2 });
        var random = new Random(5);
        var shifts = new HashSet<(int, int)>();
        for (int i = 0; i < 300; i++)
        {
            preparation.Prepare(raw, prepared, random);
            (int dy, int dx) = Enumerable.Range(-2, 5).SelectMany(dy => Enumerable.Range(-2, 5).Select(dx => (dy, dx)))
                .Single(shift => prepared.SequenceEqual(Shifted(shape, raw, shift.Item1, shift.Item2)));
            shifts.Add((dy, dx));
        }
        Assert.Equal(25, shifts.Count);
    }

    [Fact]
    public void Cutout_blanks_a_square_of_at_most_its_size_in_all_channels()
    {
        var shape = new SampleShape(null, 2, 9, 9);
        float[] raw = Raw(shape), prepared = new float[raw.Length];
        var preparation = new SamplePreparation(shape, null, new ImageAugmentation { CutoutSize = 3 });
        var random = new Random(9);
        for (int i = 0; i < 100; i++)
        {
            preparation.Prepare(raw, prepared, random);
            int[] blanked = [.. Enumerable.Range(0, raw.Length).Where(p => prepared[p] == 0)];
            int[] first = [.. blanked.Where(p => p < 81)];
            Assert.Equal(first.Select(p => p + 81), blanked.Where(p => p >= 81));
            int rows = first.Select(p => p / 9).Distinct().Count(), columns = first.Select(p => p % 9).Distinct().Count();
            Assert.InRange(rows, 1, 3);
            Assert.InRange(columns, 1, 3);
            Assert.Equal(rows * columns, first.Length);
            Assert.All(Enumerable.Range(0, raw.Length).Except(blanked), p => Assert.Equal(raw[p], prepared[p]));
        }
    }

    [Fact]
    public void Event_drop_takes_each_event_away_with_a_probability_drawn_up_to_its_share()
    {
        var shape = new SampleShape(5, 2, 20, 20);
        float[] raw = [.. Enumerable.Range(0, shape.Length).Select(i => (float)(i % 4))], prepared = new float[raw.Length];
        var preparation = new SamplePreparation(shape, null, new ImageAugmentation { EventDrop = 0.6 });
        var random = new Random(4);
        double[] kept = [.. Enumerable.Range(0, 200).Select(_ => Kept())];
        // Uniform from 0 to 0.6: mean 0.3 (with a deviation of 0.012 over 200 draws), and all of the range.
        Assert.InRange(1 - kept.Average(), 0.26, 0.34);
        Assert.InRange(1 - kept.Min(), 0.55, 0.65);
        Assert.InRange(1 - kept.Max(), 0, 0.05);

        double Kept()
        {
            preparation.Prepare(raw, prepared, random);
            (float Raw, float Left)[] pairs = [.. raw.Zip(prepared)];
            Assert.All(pairs, pair => Assert.True(pair.Left >= 0 && pair.Left <= pair.Raw && pair.Left == (int)pair.Left));
            // Elements of many events lose them one by one, not all together: the share left is the same for 1, 2 and 3 events.
            double[] shares = [.. Enumerable.Range(1, 3).Select(n => pairs.Where(pair => pair.Raw == n).Average(pair => pair.Left / n))];
            Assert.InRange(shares.Max() - shares.Min(), 0, 0.1);
            return prepared.Sum() / raw.Sum();
        }
    }

    [Fact]
    public void Event_drop_refuses_elements_that_are_no_numbers_of_events()
    {
        var shape = new SampleShape(1, 1, 1, 2);
        var preparation = new SamplePreparation(shape, null, new ImageAugmentation { EventDrop = 0.5 });
        foreach (float value in (float[])[-1, 1e9f])
        {
            Exception e = Assert.Throws<InvalidOperationException>(() => preparation.Prepare([1, value], new float[2], new Random(1)));
            Assert.Contains("EventDrop", e.Message);
        }
        Exception image = Assert.Throws<ArgumentOutOfRangeException>(() => SamplePreparation.Check(new() { EventDrop = 0.1 }, _image));
        Assert.Contains("EventDrop", image.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageAugmentation { EventDrop = 1 });
    }

    private static float[] Shifted(SampleShape shape, float[] raw, int dy, int dx)
    {
        var shifted = new float[raw.Length];
        for (int i = 0; i < raw.Length; i++)
        {
            int x = i % shape.Width + dx, y = i / shape.Width % shape.Height + dy, plane = i / shape.PlaneLength, c = plane % shape.Channels;
            bool inside = x >= 0 && x < shape.Width && y >= 0 && y < shape.Height;
            float value = inside ? raw[plane * shape.PlaneLength + y * shape.Width + x] : 0;
            shifted[i] = (value - _normalization.Item1[c]) * (1 / _normalization.Item2[c]);
        }
        return shifted;
    }
}
