using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Pictures;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Each operation against <see cref="PictureReference"/>; what is drawn; values that are no levels.</summary>
public class RandAugmentTests
{
    public static TheoryData<PictureOperations, int, int> Cases
    {
        get
        {
            var cases = new TheoryData<PictureOperations, int, int>();
            foreach (PictureOperations operation in Enum.GetValues<PictureOperations>().Where(value => value != PictureOperations.All))
            {
                foreach (int magnitude in (int[])[0, 7, 9, 20, 30])
                {
                    foreach (int channels in (int[])[1, 3, 4])
                        cases.Add(operation, magnitude, channels);
                }
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_operation_is_the_reference_s_with_either_sign(PictureOperations operation, int magnitude, int channels)
    {
        const int Height = 21, Width = 34;
        float[] picture = Picture(channels, Height, Width);
        double[] plus = Exact(1), minus = Exact(-1);
        HashSet<int> signs = [];
        for (int seed = 0; seed < 8; seed++)
        {
            float[] changed = [.. picture];
            new RandomOperations(new() { Count = 1, Magnitude = magnitude, Operations = operation }, channels, Height, Width)
                .Apply(changed, new Random(seed));
            int sign = Agrees(changed, plus) ? 1 : Agrees(changed, minus) ? -1 : 0;
            Assert.True(sign != 0, $"seed {seed}: neither sign gives this picture");
            signs.Add(sign);
        }
        // Where the sign matters, both were drawn.
        bool matters = !Agrees([.. plus.Select(level => (float)Math.Clamp(Math.Round(level), 0, 255))], minus);
        Assert.Equal(matters ? 2 : 1, signs.Count);

        double[] Exact(int sign) => Reference(picture, channels, Height, Width, operation, magnitude, sign);
    }

    [Fact]
    public void Operations_follow_one_another_and_each_is_as_likely_as_any_other()
    {
        const PictureOperations Inverts = PictureOperations.Solarize, Blackens = PictureOperations.Posterize;
        var operations = new RandomOperations(
            new() { Count = 2, Magnitude = 30, Operations = Inverts | Blackens | PictureOperations.Identity }, 1, 1, 2);
        var random = new Random(2);
        var counts = new Dictionary<(float, float), int>();
        for (int i = 0; i < 9000; i++)
        {
            float[] pixels = [7, 200];
            operations.Apply(pixels, random);
            counts[(pixels[0], pixels[1])] = counts.GetValueOrDefault((pixels[0], pixels[1])) + 1;
        }
        // Of nine pairs: I I and S S leave it, S I and I S invert it, I P, P I and P P keep four bits; S P is not P S.
        Dictionary<(float, float), int> expected = new()
        {
            [(7, 200)] = 2000, [(248, 55)] = 2000, [(0, 192)] = 3000, [(240, 48)] = 1000, [(255, 63)] = 1000,
        };
        Assert.Equal(expected.Keys.Order(), counts.Keys.Order());
        Assert.All(expected, pair => Assert.InRange(counts[pair.Key], pair.Value - 250, pair.Value + 250));
    }

    [Fact]
    public void Without_a_choice_all_fourteen_are_drawn()
    {
        float[] picture = Picture(3, 32, 32);
        var operations = new RandomOperations(new() { Count = 1, Magnitude = 20 }, 3, 32, 32);
        var random = new Random(1);
        HashSet<string> seen = [];
        for (int i = 0; i < 1000; i++)
        {
            float[] changed = [.. picture];
            operations.Apply(changed, random);
            seen.Add(string.Join(' ', changed));
        }
        // The nine of two signs twice.
        Assert.Equal(14 + 9, seen.Count);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData(1, 0)]
    public void Pixels_of_another_scale_are_changed_alike(double black, double white)
    {
        float[] levels = Picture(3, 8, 8), scaled = [.. levels.Select(level => (float)(black + level / 255 * (white - black)))];
        for (int seed = 0; seed < 40; seed++)
        {
            float[] first = [.. levels], second = [.. scaled];
            new RandomOperations(new(), 3, 8, 8).Apply(first, new Random(seed));
            new RandomOperations(new() { Black = black, White = white }, 3, 8, 8).Apply(second, new Random(seed));
            Assert.All(first.Zip(second), pair => Assert.Equal(black + pair.First / 255 * (white - black), pair.Second, 1e-5));
        }
    }

    [Fact]
    public void It_comes_after_shift_and_mirroring_and_before_normalization_and_cutout()
    {
        var shape = new SampleShape(null, 3, 9, 9);
        float[] raw = Picture(3, 9, 9), prepared = new float[raw.Length], moved = new float[raw.Length];
        (float[], float[]) normalization = ([100, 110, 120], [50, 60, 70]);
        var geometry = new ImageAugmentation { CropPadding = 2, HorizontalFlip = true };
        var random = new Random(6);
        for (int seed = 0; seed < 50; seed++)
        {
            new SamplePreparation(shape, normalization, geometry with { CutoutSize = 3, RandAugment = new() })
                .Prepare(raw, prepared, new Random(seed));
            var same = new Random(seed);
            new SamplePreparation(shape, null, geometry).Prepare(raw, moved, same);
            new RandomOperations(new(), 3, 9, 9).Apply(moved, same);
            (int top, int left) = (same.Next(9) - 1, same.Next(9) - 1);
            for (int i = 0; i < raw.Length; i++)
            {
                int c = i / 81, y = i / 9 % 9, x = i % 9;
                bool isCut = y >= top && y < top + 3 && x >= left && x < left + 3;
                Assert.Equal(isCut ? 0 : (moved[i] - normalization.Item1[c]) / normalization.Item2[c], prepared[i], 5);
            }
        }
        // Validation sees nothing of it.
        new SamplePreparation(shape, null, geometry with { RandAugment = new() }).Prepare(raw, prepared, random: null);
        Assert.Equal(raw, prepared);
    }

    [Fact]
    public void A_seed_decides()
    {
        var shape = new SampleShape(null, 3, 9, 9);
        var augmentation = new ImageAugmentation { RandAugment = new() };
        float[][] prepared = [.. ((int[])[1, 1, 2]).Select(seed =>
        {
            var random = new Random(seed);
            var preparation = new SamplePreparation(shape, null, augmentation);
            float[] all = new float[20 * shape.Length];
            for (int i = 0; i < 20; i++)
                preparation.Prepare(Picture(3, 9, 9), all.AsSpan(i * shape.Length, shape.Length), random);
            return all;
        })];
        Assert.Equal(prepared[0], prepared[1]);
        Assert.NotEqual(prepared[0], prepared[2]);
    }

    [Theory]
    [InlineData(0, 1, 0, 255, "nearly all the same")]
    [InlineData(-1, 1, 0, 1, "some are outside")]
    [InlineData(0, 255, 0, 1, "some are outside")]
    [InlineData(0, 255, 0, 255, null)]
    [InlineData(-1, 1, 1, -1, null)]
    [InlineData(10, 40, 0, 255, null)]
    public void Pixels_that_are_not_between_black_and_white_are_refused(
        float least, float largest, double black, double white, string? message)
    {
        var settings = new RandAugment { Black = black, White = white };
        if (message is null)
        {
            settings.CheckPixels(least, largest, "Pixels");
        }
        else
        {
            Exception e = Assert.Throws<InvalidOperationException>(() => settings.CheckPixels(least, largest, "Pixels"));
            Assert.Contains(message, e.Message);
        }
    }

    [Fact]
    public void Event_frames_are_refused()
    {
        Exception e = Assert.Throws<ArgumentOutOfRangeException>(
            () => SamplePreparation.Check(new() { RandAugment = new() }, new SampleShape(4, 2, 8, 8)));
        Assert.Contains("RandAugment", e.Message);
    }

    private static double[] Reference(
        float[] picture, int channels, int height, int width, PictureOperations operation, int magnitude, int sign)
    {
        var planes = new double[channels][,];
        for (int c = 0; c < channels; c++)
        {
            planes[c] = new double[height, width];
            for (int i = 0; i < height * width; i++)
                planes[c][i / width, i % width] = picture[c * height * width + i];
        }
        return [.. PictureReference.Apply(operation, planes, magnitude, sign).SelectMany(plane => plane.Cast<double>())];
    }

    /// <summary>Whether levels are the exact ones rounded; of two that are as near, either.</summary>
    private static bool Agrees(float[] levels, double[] exact) => levels.Zip(exact).All(pair =>
        pair.First is >= 0 and <= 255 && pair.First == MathF.Round(pair.First)
        && Math.Abs(pair.First - Math.Clamp(pair.Second, 0, 255)) <= 0.5 + 1e-4);

    /// <summary>A slope with noise, which no operation leaves as it is but identity, and no two signs make the same.</summary>
    private static float[] Picture(int channels, int height, int width)
    {
        var random = new Random(17);
        return [.. Enumerable.Range(0, channels * height * width).Select(i =>
            (float)Math.Clamp(20 + 150 * (i % width) / width + 30 * (i / (height * width)) + random.Next(60), 0, 255))];
    }
}
