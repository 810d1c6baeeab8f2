using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Training.Pictures;

namespace Microsoft.ML.Snn.Training.Data;

/// <summary>
/// Turns a raw sample into what the network sees: changes of events, crop, flip, RandAugment, normalization, cutout. A pixel shifted in
/// from outside the image is a raw 0 (as in torchvision's random crop); a pixel cut out is 0 after normalization, the channel's mean.
/// </summary>
internal sealed class SamplePreparation(
    SampleShape shape, (float[] Mean, float[] Deviation)? normalization, ImageAugmentation? augmentation)
{
    private readonly EventChanges? _eventChanges =
        augmentation is not null && EventChanges.Asked(augmentation).Any() ? new(shape, augmentation) : null;

    private readonly FrameChanges? _frameChanges =
        augmentation is not null && FrameChanges.Asked(augmentation).Any() ? new(shape, augmentation) : null;

    private readonly RandomOperations? _operations = augmentation?.RandAugment is { } randAugment
        ? new(randAugment, shape.Channels, shape.Height, shape.Width) : null;

    private readonly float[] _picture = augmentation?.RandAugment is null ? [] : new float[shape.Length];

    /// <summary>Whether anything is drawn.</summary>
    public bool Augments => augmentation is not null;

    /// <exception cref="ArgumentOutOfRangeException">Samples of this shape cannot be changed so.</exception>
    public static void Check(ImageAugmentation augmentation, SampleShape shape)
    {
        if (shape.Slices is null
            && EventChanges.Asked(augmentation).Concat(FrameChanges.Asked(augmentation)).FirstOrDefault() is { } option)
        {
            throw ColumnCheck.Unsuitable(
                $"The option {option} is for event frames [T, C, H, W], but the samples are images {shape}: leave it unset.", option);
        }
        if (augmentation.PolarityFlip && shape.Channels != FrameChanges.Polarities)
        {
            throw ColumnCheck.Unsuitable(
                $"The option PolarityFlip exchanges the channels of OFF and ON events, but samples {shape} have {shape.Channels} channels: "
                + "leave it unset.", nameof(ImageAugmentation.PolarityFlip));
        }
        if (shape.Slices is not null && augmentation.RandAugment is not null)
        {
            throw ColumnCheck.Unsuitable(
                $"The option RandAugment is for pictures [C, H, W], but the samples are event frames or spike trains {shape}: leave it "
                + "null.", nameof(ImageAugmentation.RandAugment));
        }
    }

    /// <param name="random">Draws the augmentation; null for none.</param>
    public void Prepare(ReadOnlySpan<float> raw, Span<float> prepared, Random? random)
    {
        int shiftX = 0, shiftY = 0;
        bool flip = false;
        bool augments = augmentation is not null && random is not null;
        if (augments && augmentation!.CropPadding is > 0 and int padding)
        {
            shiftY = random!.Next(-padding, padding + 1);
            shiftX = random.Next(-padding, padding + 1);
        }
        if (augments && augmentation!.HorizontalFlip)
            flip = random!.Next(2) == 1;
        if (augments && _eventChanges is not null)
            raw = _eventChanges.Apply(raw, random!);
        if (augments && _frameChanges is not null)
            raw = _frameChanges.Apply(raw, random!);
        if (augments && _operations is not null)
        {
            PreparePlanes(raw, _picture, shiftX, shiftY, flip, null);
            _operations.Apply(_picture, random!);
            raw = _picture;
            (shiftX, shiftY, flip) = (0, 0, false);
        }
        PreparePlanes(raw, prepared, shiftX, shiftY, flip, normalization);

        if (augments && augmentation!.CutoutSize is > 0 and int side)
            CutOut(prepared, random!.Next(shape.Height) - side / 2, random.Next(shape.Width) - side / 2, side);
    }

    private void PreparePlanes(
        ReadOnlySpan<float> raw, Span<float> prepared, int shiftX, int shiftY, bool flip, (float[] Mean, float[] Deviation)? scaling)
    {
        for (int plane = 0; plane < shape.Planes; plane++)
        {
            int channel = plane % shape.Channels;
            float mean = scaling?.Mean[channel] ?? 0, deviation = scaling?.Deviation[channel] ?? 1;
            ReadOnlySpan<float> source = raw.Slice(plane * shape.PlaneLength, shape.PlaneLength);
            Span<float> target = prepared.Slice(plane * shape.PlaneLength, shape.PlaneLength);
            for (int y = 0; y < shape.Height; y++)
                PrepareRow(source, target.Slice(y * shape.Width, shape.Width), y + shiftY, shiftX, flip, mean, 1 / deviation);
        }
    }

    private void PrepareRow(ReadOnlySpan<float> source, Span<float> target, int sourceY, int shiftX, bool flip, float mean, float scale)
    {
        float outside = (0 - mean) * scale;
        if (sourceY < 0 || sourceY >= shape.Height)
        {
            target.Fill(outside);
            return;
        }
        ReadOnlySpan<float> row = source.Slice(sourceY * shape.Width, shape.Width);
        for (int x = 0; x < target.Length; x++)
        {
            int sourceX = x + shiftX;
            float value = (uint)sourceX < (uint)row.Length ? (row[sourceX] - mean) * scale : outside;
            target[flip ? target.Length - 1 - x : x] = value;
        }
    }

    private void CutOut(Span<float> prepared, int top, int left, int side)
    {
        int firstX = Math.Max(left, 0), lastX = Math.Min(left + side, shape.Width);
        if (firstX >= lastX)
            return;
        for (int plane = 0; plane < shape.Planes; plane++)
        {
            for (int y = Math.Max(top, 0); y < Math.Min(top + side, shape.Height); y++)
                prepared.Slice(plane * shape.PlaneLength + y * shape.Width + firstX, lastX - firstX).Clear();
        }
    }
}
