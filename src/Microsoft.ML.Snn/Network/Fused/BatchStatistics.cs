using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Torch;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// Mean and biased variance of each channel over all rows of a batch (Eq. 7-8), and the sums of a row block that lead to them. Sums go by
/// blocks of rows in float32 and from block to block, in the blocks' order, in float64: the result does not depend on the number of
/// threads.
/// </summary>
internal sealed unsafe class BatchStatistics
{
    /// <summary>Rows summed in float32: few enough to stay in the first cache and to keep the rounding small.</summary>
    public const int TileRows = 32;

    private const int MaxBlockRows = 1 << 10;

    private const int BlockValues = 1 << 15;

    private BatchStatistics(long rows, double[] mean, double[] variance) => (Rows, Mean, Variance) = (rows, mean, variance);

    /// <summary>Values a channel.</summary>
    public long Rows { get; }

    /// <summary>[C].</summary>
    public double[] Mean { get; }

    /// <summary>[C], biased.</summary>
    public double[] Variance { get; }

    public double InverseDeviation(int channel) => 1 / Math.Sqrt(Variance[channel] + BatchNormalization.Epsilon);

    /// <summary>
    /// Rows that one thread sums at a time: enough work for it, and blocks enough for all threads in the deepest layers too.
    /// </summary>
    public static int BlockRows(int channels) =>
        Math.Clamp(BlockValues / channels / TileRows * TileRows, TileRows, MaxBlockRows);

    /// <summary>Of values [rows, C].</summary>
    public static BatchStatistics Of(byte* values, ScalarType dtype, long rows, int channels)
    {
        var job = new OfValues(values, rows, channels);
        KernelVectors.Run(channels, dtype, ref job);
        return job.Result!;
    }

    /// <summary>The same with vectors of a width that divides C.</summary>
    public static BatchStatistics Of<TLanes, TElement>(byte* values, long rows, int channels)
        where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement
    {
        // Deviations from the first row's values: squares of the values themselves would drown a variance far below the mean.
        int blockRows = BlockRows(channels);
        long blocks = (rows + blockRows - 1) / blockRows;
        using var sums = new ScratchMemory<double>(blocks * 2 * channels);
        sums.Span.Clear();
        double* blockSums = sums.Address;
        ParallelRange.For(rows, blockRows, (start, end) =>
        {
            double* sum = blockSums + start / blockRows * 2 * channels;
            for (long tile = start; tile < end; tile += TileRows)
                AddTile(tile, Math.Min(end, tile + TileRows), sum);
        });
        (double[] mean, double[] variance) = (new double[channels], new double[channels]);
        double[] total = Total(sums.Span, 2 * channels);
        float* first = stackalloc float[TLanes.Count];
        for (int c = 0; c < channels; c++)
        {
            if (c % TLanes.Count == 0)
                TLanes.Store(TElement.Load<TLanes>(values + c * TElement.Size), first);
            double shift = total[c] / rows;
            mean[c] = first[c % TLanes.Count] + shift;
            variance[c] = Math.Max(0, total[channels + c] / rows - shift * shift);
        }
        return new(rows, mean, variance);

        void AddTile(long start, long end, double* sum)
        {
            for (int c = 0; c < channels; c += TLanes.Count)
            {
                var pivot = TElement.Load<TLanes>(values + c * TElement.Size);
                (TLanes linear, TLanes square) = (TLanes.Broadcast(0f), TLanes.Broadcast(0f));
                for (long row = start; row < end; row++)
                {
                    TLanes deviation = TLanes.SubtractFloats(TElement.Load<TLanes>(values + (row * channels + c) * TElement.Size), pivot);
                    linear = TLanes.AddFloats(linear, deviation);
                    square = TLanes.MultiplyAddFloats(deviation, deviation, square);
                }
                TLanes.AddToDoubles(linear, sum + c);
                TLanes.AddToDoubles(square, sum + channels + c);
            }
        }
    }

    /// <summary>Of spikes as numbers 0 and 1.</summary>
    public static BatchStatistics Of(SpikeMask spikes)
    {
        int channels = spikes.Channels;
        int blockRows = BlockRows(channels);
        long blocks = (spikes.Pixels + blockRows - 1) / blockRows;
        var counts = new int[blocks * channels];
        ParallelRange.For(spikes.Pixels, blockRows, (start, end) =>
        {
            fixed (int* target = &counts[start / blockRows * channels])
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

    /// <summary>What a network in use normalizes by instead.</summary>
    public static BatchStatistics Running(double[] mean, double[] variance) => new(0, mean, variance);

    /// <summary>Those of all ranks' rows.</summary>
    /// <param name="rows">Of all ranks.</param>
    /// <param name="own">This rank's, whose channels that fill vectors up stay.</param>
    /// <param name="mean">Of the real channels.</param>
    /// <param name="variance">Likewise.</param>
    public static BatchStatistics Joint(long rows, BatchStatistics own, double[] mean, double[] variance) =>
        new(rows, [.. mean, .. own.Mean.AsSpan(mean.Length)], [.. variance, .. own.Variance.AsSpan(mean.Length)]);

    /// <summary>Sums of <paramref name="width"/> values over blocks laid end to end, in their order.</summary>
    public static double[] Total(ReadOnlySpan<double> blocks, int width)
    {
        var total = new double[width];
        for (int i = 0; i < blocks.Length; i++)
            total[i % width] += blocks[i];
        return total;
    }

    private struct OfValues(byte* values, long rows, int channels) : IKernelJob
    {
        public BatchStatistics? Result { get; private set; }

        public void Run<TLanes, TElement>() where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement =>
            Result = Of<TLanes, TElement>(values, rows, channels);
    }
}
