using System.Runtime.Intrinsics;

namespace Microsoft.ML.Snn;

/// <summary>
/// Mean and biased variance of each channel over all rows of a batch, and the sums of a row block that lead to them. Sums go by blocks of
/// rows in float32 and from block to block, in the blocks' order, in float64: the result does not depend on the number of threads.
/// </summary>
internal sealed unsafe class BatchStatistics
{
    /// <summary>Rows that one thread sums at a time.</summary>
    public const int BlockRows = 1 << 10;

    /// <summary>Rows summed in float32: few enough to stay in the first cache and to keep the rounding small.</summary>
    public const int TileRows = 32;

    private BatchStatistics(long rows, double[] mean, double[] variance) => (Rows, Mean, Variance) = (rows, mean, variance);

    /// <summary>Values a channel.</summary>
    public long Rows { get; }

    /// <summary>[C].</summary>
    public double[] Mean { get; }

    /// <summary>[C], biased.</summary>
    public double[] Variance { get; }

    public double InverseDeviation(int channel) => 1 / Math.Sqrt(Variance[channel] + TrainedNetwork.Epsilon);

    /// <summary>Of values [rows, C].</summary>
    public static BatchStatistics Of<TElement>(byte* values, long rows, int channels) where TElement : IElement
    {
        // Deviations from the first row's values: squares of the values themselves would drown a variance far below the mean.
        long blocks = (rows + BlockRows - 1) / BlockRows;
        var sums = new double[blocks * 2 * channels];
        ParallelRange.For(rows, BlockRows, (start, end) =>
        {
            Span<double> sum = sums.AsSpan((int)(start / BlockRows) * 2 * channels, 2 * channels);
            for (long tile = start; tile < end; tile += TileRows)
            {
                long tileEnd = Math.Min(end, tile + TileRows);
                for (int c = 0; c < channels; c += 8)
                {
                    Vector256<float> pivot = TElement.Load(values + c * TElement.Size);
                    (Vector256<float> linear, Vector256<float> square) = (Vector256<float>.Zero, Vector256<float>.Zero);
                    for (long row = tile; row < tileEnd; row++)
                    {
                        Vector256<float> deviation = TElement.Load(values + (row * channels + c) * TElement.Size) - pivot;
                        linear += deviation;
                        square = Vector256.FusedMultiplyAdd(deviation, deviation, square);
                    }
                    AddTo(sum[c..], linear);
                    AddTo(sum[(channels + c)..], square);
                }
            }
        });
        (double[] mean, double[] variance) = (new double[channels], new double[channels]);
        double[] total = Total(sums, 2 * channels);
        var first = new float[8];
        for (int c = 0; c < channels; c++)
        {
            if (c % 8 == 0)
                TElement.Load(values + c * TElement.Size).CopyTo(first);
            double shift = total[c] / rows;
            mean[c] = first[c % 8] + shift;
            variance[c] = Math.Max(0, total[channels + c] / rows - shift * shift);
        }
        return new(rows, mean, variance);
    }

    /// <summary>Of spikes as numbers 0 and 1.</summary>
    public static BatchStatistics Of(SpikeMask spikes)
    {
        int channels = spikes.Channels;
        long blocks = (spikes.Pixels + BlockRows - 1) / BlockRows;
        var counts = new int[blocks * channels];
        ParallelRange.For(spikes.Pixels, BlockRows, (start, end) =>
        {
            fixed (int* target = &counts[start / BlockRows * channels])
                spikes.CountByChannel(start, end - start, target);
        });
        (double[] mean, double[] variance) = (new double[channels], new double[channels]);
        for (int c = 0; c < channels; c++)
        {
            long count = 0;
            for (long block = 0; block < blocks; block++)
                count += counts[block * channels + c];
            mean[c] = (double)count / spikes.Pixels;
            variance[c] = mean[c] * (1 - mean[c]);
        }
        return new(spikes.Pixels, mean, variance);
    }

    /// <summary>What a network in use normalises by instead.</summary>
    public static BatchStatistics Running(double[] mean, double[] variance) => new(0, mean, variance);

    /// <summary>Adds eight lanes to eight sums.</summary>
    public static void AddTo(Span<double> sums, Vector256<float> lanes)
    {
        for (int i = 0; i < 8; i++)
            sums[i] += lanes[i];
    }

    /// <summary>Sums of <paramref name="width"/> values over blocks laid end to end, in their order.</summary>
    public static double[] Total(double[] blocks, int width)
    {
        var total = new double[width];
        for (int i = 0; i < blocks.Length; i++)
            total[i % width] += blocks[i];
        return total;
    }
}
