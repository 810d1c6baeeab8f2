using TorchSharp;
using static TorchSharp.torch;

namespace PaperFigures.Pictures;

/// <summary>Pictures, normalized by channel, and the numbers of their classes.</summary>
/// <param name="Values">[N, 3, Size, Size].</param>
/// <param name="Labels">[N].</param>
/// <param name="Size">Height and width.</param>
internal sealed record PictureSet(float[] Values, long[] Labels, int Size)
{
    public const int Channels = 3, Classes = 10;

    public int Count => Labels.Length;

    /// <summary>Values of one picture.</summary>
    public int Length => Channels * Size * Size;

    public ReadOnlySpan<float> Picture(int index) => Values.AsSpan(index * Length, Length);

    /// <summary>The pictures of these indices, [N, 3, Size, Size], and their labels, [N].</summary>
    public (Tensor Images, Tensor Labels) Batch(ReadOnlySpan<int> indices)
    {
        var values = new float[indices.Length * Length];
        var labels = new long[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            Picture(indices[i]).CopyTo(values.AsSpan(i * Length));
            labels[i] = Labels[indices[i]];
        }
        return (tensor(values, [indices.Length, Channels, Size, Size]), tensor(labels));
    }

    /// <summary>All pictures in a random order, cut into batches of the same size, without what is left over; without end.</summary>
    public IEnumerable<int[]> ShuffledBatches(int batchSize, int seed)
    {
        var random = new Random(seed);
        int[] order = [.. Enumerable.Range(0, Count)];
        while (true)
        {
            random.Shuffle(order);
            foreach (int[] batch in order.Chunk(batchSize).Where(batch => batch.Length == batchSize))
                yield return batch;
        }
    }
}
