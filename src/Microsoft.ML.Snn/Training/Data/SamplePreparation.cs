using Microsoft.ML.Snn.Components;

namespace Microsoft.ML.Snn.Training.Data;

/// <summary>
/// Turns a raw sample into what the network sees: event drop, crop, flip, normalization, cutout. A pixel shifted in from outside the image
/// is a raw 0 (as in torchvision's random crop); a pixel cut out is 0 after normalization, the channel's mean.
/// </summary>
internal sealed class SamplePreparation(
    SampleShape shape, (float[] Mean, float[] Deviation)? normalization, ImageAugmentation? augmentation)
{
    // Numbers up to here count down by one exactly.
    private const float MaxEvents = 1 << 24;

    private float[]? _thinned;

    /// <exception cref="ArgumentOutOfRangeException">Samples of this shape cannot be changed so.</exception>
    public static void Check(ImageAugmentation augmentation, SampleShape shape)
    {
        if (augmentation.EventDrop > 0 && shape.Slices is null)
        {
            const string option = nameof(ImageAugmentation.EventDrop);
            throw ColumnCheck.Unsuitable(
                $"The option {option} is for event frames [T, C, H, W], but the samples are images {shape}: leave it 0.", option);
        }
    }

    /// <param name="random">Draws the augmentation; null for none. One thread at a time prepares with a generator.</param>
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
        if (augments && augmentation!.EventDrop is > 0 and double drop)
            raw = DropEvents(raw, random!.NextDouble() * drop, random);

        for (int plane = 0; plane < shape.Planes; plane++)
        {
            int channel = plane % shape.Channels;
            float mean = normalization?.Mean[channel] ?? 0, deviation = normalization?.Deviation[channel] ?? 1;
            ReadOnlySpan<float> source = raw.Slice(plane * shape.PlaneLength, shape.PlaneLength);
            Span<float> target = prepared.Slice(plane * shape.PlaneLength, shape.PlaneLength);
            for (int y = 0; y < shape.Height; y++)
                PrepareRow(source, target.Slice(y * shape.Width, shape.Width), y + shiftY, shiftX, flip, mean, 1 / deviation);
        }

        if (augments && augmentation!.CutoutSize is > 0 and int side)
            CutOut(prepared, random!.Next(shape.Height) - side / 2, random.Next(shape.Width) - side / 2, side);
    }

    private ReadOnlySpan<float> DropEvents(ReadOnlySpan<float> counts, double share, Random random)
    {
        float[] thinned = _thinned ??= new float[shape.Length];
        for (int i = 0; i < thinned.Length; i++)
        {
            float count = counts[i], kept = 0;
            if (!(count >= 0 && count <= MaxEvents))
            {
                throw new InvalidOperationException($"A training sample holds {count}, but {nameof(ImageAugmentation.EventDrop)} takes "
                    + $"elements for numbers of events, 0 to {MaxEvents}.");
            }
            for (; count > 0; count--)
            {
                if (random.NextDouble() >= share)
                    kept += Math.Min(count, 1);
            }
            thinned[i] = kept;
        }
        return thinned;
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
