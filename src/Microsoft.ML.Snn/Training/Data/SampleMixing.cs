using Microsoft.ML.Snn.RandomNumbers;

namespace Microsoft.ML.Snn.Training.Data;

/// <summary>
/// Mixes each sample of a batch with the one after it, the last with the first: mixup and CutMix. A batch is drawn at random, so its
/// neighbors are pairs at random.
/// </summary>
internal sealed class SampleMixing(SampleShape shape, ImageAugmentation augmentation)
{
    private readonly Batch _first = new(1, shape.Length);

    /// <summary>Whether the options ask for it.</summary>
    public static bool IsAsked(ImageAugmentation? augmentation) => augmentation is { MixupAlpha: > 0 } or { CutMixAlpha: > 0 };

    /// <param name="batch">Prepared samples.</param>
    /// <param name="randomOf">Draws how a sample is mixed, which comes by its index.</param>
    /// <param name="next">
    /// The prepared sample after the last one, where the batch goes on elsewhere. Null: the first, which is then the next.
    /// </param>
    public void Apply(Batch batch, Func<int, Random> randomOf, Batch? next = null)
    {
        LabelMix mix = batch.Mix ??= new(batch.Count);
        int length = shape.Length, scores = batch.Teacher.Length / batch.Count;
        Batch after = next ?? First(batch, scores);
        for (int i = 0; i < batch.Count; i++)
        {
            (Batch source, int j) = i == batch.Count - 1 ? (after, 0) : (batch, i + 1);
            float share = Mix(batch.Features.AsSpan(i * length, length), source.Features.AsSpan(j * length, length), randomOf(i));
            Blend(batch.Teacher.AsSpan(i * scores, scores), source.Teacher.AsSpan(j * scores, scores), share);
            (mix.Labels[i], mix.Weights[i]) = (source.Labels[j], source.Weights[j]);
            mix.Shares[i] = share;
        }
        for (int i = 0; i < batch.Count; i++)
        {
            if (mix.Shares[i] <= 0.5f)
                continue;
            mix.Shares[i] = 1 - mix.Shares[i];
            (batch.Labels[i], mix.Labels[i]) = (mix.Labels[i], batch.Labels[i]);
            (batch.Weights[i], mix.Weights[i]) = (mix.Weights[i], batch.Weights[i]);
        }
    }

    /// <summary>A copy of a batch's first sample, which is changed before it is mixed into the last one.</summary>
    private Batch First(Batch batch, int scores)
    {
        Batch first = scores == 0 ? _first : new(1, shape.Length, scores);
        batch.CopyTo(first, 0);
        return first;
    }

    /// <summary>Mixes another sample into this one; gives its share.</summary>
    private float Mix(Span<float> sample, ReadOnlySpan<float> other, Random random)
    {
        if (augmentation.MixingProbability < 1 && random.NextDouble() >= augmentation.MixingProbability)
            return 0;
        bool cuts = augmentation.CutMixAlpha > 0 && (augmentation.MixupAlpha == 0 || random.Next(2) == 1);
        double share = BetaDistribution.Draw(cuts ? augmentation.CutMixAlpha : augmentation.MixupAlpha, random);
        if (cuts)
            return Paste(sample, other, share, random);
        float part = (float)share;
        Blend(sample, other, part);
        return part;
    }

    private static void Blend(Span<float> values, ReadOnlySpan<float> others, float share)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] += share * (others[i] - values[i]);
    }

    /// <summary>
    /// A rectangle of the share's area and the frame's proportions, about any pixel, and cut off at the border: the share is what is left.
    /// </summary>
    private float Paste(Span<float> sample, ReadOnlySpan<float> other, double share, Random random)
    {
        (int top, int bottom) = Side(shape.Height, share, random);
        (int left, int right) = Side(shape.Width, share, random);
        for (int plane = 0; plane < shape.Planes; plane++)
        {
            for (int y = top; y < bottom; y++)
            {
                int start = plane * shape.PlaneLength + y * shape.Width;
                other[(start + left)..(start + right)].CopyTo(sample[(start + left)..]);
            }
        }
        return (float)(bottom - top) * (right - left) / shape.PlaneLength;
    }

    private static (int Start, int End) Side(int size, double share, Random random)
    {
        int side = (int)(Math.Sqrt(share) * size), start = random.Next(size) - side / 2;
        return (Math.Max(start, 0), Math.Min(start + side, size));
    }
}
