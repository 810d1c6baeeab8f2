using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn;

/// <summary>
/// The weight gradient of the 3x3 convolution of stride 1 over spikes: for each weight the sum of the output's gradient at the pixels
/// that it was added to, and no work for silent ones. Sums are float32, in an order of their own that no number of threads changes.
/// </summary>
internal static unsafe class SpikeWeightGradient
{
    /// <summary>
    /// Density from which on oneDNN is faster in float32: two cores with AVX2 broke even at 0.6 (32 channels) and above.
    /// </summary>
    public const double MaxDensity = 0.6;

    /// <summary>The same for bfloat16, by the figures of two cores with AMX: 35 ms a layer in oneDNN.</summary>
    public const double MaxDensityBFloat16 = 0.25;

    private const int OutBlock = SpikeGather.OutBlock;

    private const int KernelWeights = 3 * OutBlock;

    /// <summary>Input channels of a piece of work: few enough for their gradients to stay in the second cache.</summary>
    private const int InBlock = 64;

    /// <summary>Pieces of work that a layer is cut into at least, by parts of the batch where it has too few blocks of channels.</summary>
    private const int MinPieces = 8;

    public static bool Supports(ConvolutionPlan plan) => SpikeGather.Supports(plan) && SpikePositions.Supports(plan.OutWidth);

    /// <summary>float32 [Out, In, 3, 3] in channels-last memory for the gradient by the output, [T*N, H, W, Out].</summary>
    public static Tensor Of(SpikeMask spikes, Tensor gradient) => Of(spikes, gradient, isWide: Vector512.IsHardwareAccelerated);

    /// <summary>The same with vectors of 16 channels or of 8, which give the same bits.</summary>
    public static Tensor Of(SpikeMask spikes, Tensor gradient, bool isWide) => gradient.dtype == ScalarType.BFloat16
        ? Of<BFloat16Element>(spikes, gradient, isWide)
        : Of<Float32Element>(spikes, gradient, isWide);

    private static Tensor Of<TElement>(SpikeMask spikes, Tensor gradient, bool isWide) where TElement : IElement
    {
        (int inChannels, int outChannels) = (spikes.Channels, (int)gradient.shape[^1]);
        byte* outer = TensorMemory.Address<byte>(gradient);
        // It outlives the rest and comes first: what is freed after it then leaves no hole.
        using Tensor result = TensorMemory.Allocate(ScalarType.Float32, outChannels, 3, 3, inChannels);
        float* targets = TensorMemory.Address<float>(result);
        using var positions = new SpikePositions(spikes);
        int inBlocks = (inChannels + InBlock - 1) / InBlock, blocks = outChannels / OutBlock * inBlocks;
        // By the layer's size alone, so that sums are the same on every machine.
        var groups = (int)Math.Clamp((MinPieces + blocks - 1) / blocks, 1, positions.Tiles);
        long size = outChannels * 9L * inChannels;
        using var others = new ScratchMemory<float>((groups - 1) * size);
        float* otherTargets = others.Address;
        ParallelRange.For((long)blocks * groups, 1, (start, end) =>
        {
            for (long piece = start; piece < end; piece++)
            {
                (long block, long group) = Math.DivRem(piece, groups);
                int firstOut = (int)(block / inBlocks) * OutBlock, firstIn = (int)(block % inBlocks) * InBlock;
                int count = Math.Min(InBlock, inChannels - firstIn);
                using var sums = new ScratchMemory<float>(count * 3 * KernelWeights);
                sums.Span.Clear();
                using var padded = new ScratchMemory<float>((positions.TileRows + 2) * (spikes.Width + 2) * OutBlock);
                padded.Span.Clear();
                (long firstTile, long endTile) = (positions.Tiles * group / groups, positions.Tiles * (group + 1) / groups);
                for (long tile = firstTile; tile < endTile; tile++)
                    AddTile<TElement>(spikes, positions, tile, outer, outChannels, firstOut, firstIn, count, padded.Address, sums.Address, isWide);
                float* target = group == 0 ? targets : otherTargets + (group - 1) * size;
                Transpose(sums.Address, count, target + firstOut * 9L * inChannels + firstIn, inChannels);
            }
        });
        for (int group = 1; group < groups; group++)
        {
            for (long i = 0; i < size; i++)
                targets[i] += otherTargets[(group - 1) * size + i];
        }
        return TensorMemory.ChannelsSecond(result);
    }

    /// <summary>Sums [In of the block, 3, 3, 32 output channels] -> [32, 3, 3, In of the block], <paramref name="inChannels"/> from row to row.</summary>
    private static void Transpose(float* sums, int count, float* target, int inChannels)
    {
        for (int place = 0; place < 9; place++)
        {
            for (int o = 0; o < OutBlock; o++)
            {
                float* from = sums + place * OutBlock + o, to = target + (o * 9L + place) * inChannels;
                for (int channel = 0; channel < count; channel++)
                    to[channel] = from[channel * 3 * KernelWeights];
            }
        }
    }

    /// <summary>Adds what a tile gives: [In of the block, kernel row, kernel column, 32 output channels].</summary>
    private static void AddTile<TElement>(
        SpikeMask spikes, SpikePositions positions, long tile, byte* gradient, int outChannels, int firstOut, int firstIn, int count,
        float* padded, float* sums, bool isWide) where TElement : IElement
    {
        long image = tile / positions.TilesPerImage;
        int top = (int)(tile % positions.TilesPerImage) * positions.TileRows;
        Copy<TElement>(spikes, gradient, image, top, positions.TileRows, outChannels, firstOut, padded);
        int row = (spikes.Width + 2) * OutBlock;
        for (int channel = 0; channel < count; channel++, sums += 3 * KernelWeights)
        {
            ReadOnlySpan<ushort> fired = positions.Of(tile, firstIn + channel);
            if (fired.IsEmpty)
                continue;
            // A spike in row y took part, by a kernel row, in the output at y - kernelRow + 1; the padding begins at row -1.
            if (isWide)
            {
                AddRows(padded, row, fired, sums);
                continue;
            }
            for (int kernelRow = 0; kernelRow < 3; kernelRow++)
                AddRow(padded + (2 - kernelRow) * row, fired, sums + kernelRow * KernelWeights);
        }
    }

    /// <summary>A tile of the gradient with a frame of a pixel, which is zero outside the image: 32 channels of it, as float32.</summary>
    private static void Copy<TElement>(
        SpikeMask spikes, byte* gradient, long image, int top, int rows, int outChannels, int firstOut, float* padded) where TElement : IElement
    {
        int paddedWidth = spikes.Width + 2;
        for (int y = -1; y <= rows; y++)
        {
            float* target = padded + ((y + 1) * paddedWidth + 1) * OutBlock;
            if (top + y < 0 || top + y >= spikes.Height)
            {
                new Span<float>(target, spikes.Width * OutBlock).Clear();
                continue;
            }
            byte* source = gradient + ((image * spikes.Height + top + y) * spikes.Width * outChannels + firstOut) * TElement.Size;
            for (int x = 0; x < spikes.Width; x++, source += outChannels * TElement.Size, target += OutBlock)
            {
                for (int o = 0; o < OutBlock; o += Lanes256.Count)
                    Lanes256.Store(TElement.Load<Lanes256>(source + o * TElement.Size), target + o);
            }
        }
    }

    /// <summary>Adds the outputs right of, at and left of each spike to the three weights of a kernel row.</summary>
    private static void AddRow(float* outputs, ReadOnlySpan<ushort> fired, float* sums)
    {
        Vector256<float> r0 = Vector256.Load(sums), r1 = Vector256.Load(sums + 8);
        Vector256<float> r2 = Vector256.Load(sums + 16), r3 = Vector256.Load(sums + 24);
        Vector256<float> m0 = Vector256.Load(sums + 32), m1 = Vector256.Load(sums + 40);
        Vector256<float> m2 = Vector256.Load(sums + 48), m3 = Vector256.Load(sums + 56);
        Vector256<float> l0 = Vector256.Load(sums + 64), l1 = Vector256.Load(sums + 72);
        Vector256<float> l2 = Vector256.Load(sums + 80), l3 = Vector256.Load(sums + 88);
        foreach (ushort position in fired)
        {
            float* at = outputs + position * OutBlock;
            r0 += Vector256.Load(at + 32);
            r1 += Vector256.Load(at + 40);
            r2 += Vector256.Load(at + 48);
            r3 += Vector256.Load(at + 56);
            m0 += Vector256.Load(at);
            m1 += Vector256.Load(at + 8);
            m2 += Vector256.Load(at + 16);
            m3 += Vector256.Load(at + 24);
            l0 += Vector256.Load(at - 32);
            l1 += Vector256.Load(at - 24);
            l2 += Vector256.Load(at - 16);
            l3 += Vector256.Load(at - 8);
        }
        r0.Store(sums);
        r1.Store(sums + 8);
        r2.Store(sums + 16);
        r3.Store(sums + 24);
        m0.Store(sums + 32);
        m1.Store(sums + 40);
        m2.Store(sums + 48);
        m3.Store(sums + 56);
        l0.Store(sums + 64);
        l1.Store(sums + 72);
        l2.Store(sums + 80);
        l3.Store(sums + 88);
    }

    /// <summary>The same for all three kernel rows at once, in the same order: eighteen sums of the registers that there are with 512 bits.</summary>
    /// <param name="outputs">The lowest kernel row's.</param>
    /// <param name="row">From a row of outputs to the next.</param>
    /// <param name="fired">Positions of the spikes.</param>
    /// <param name="sums">Of all kernel rows.</param>
    private static void AddRows(float* outputs, int row, ReadOnlySpan<ushort> fired, float* sums)
    {
        Vector512<float> tr0 = Vector512.Load(sums), tr1 = Vector512.Load(sums + 16);
        Vector512<float> tm0 = Vector512.Load(sums + 32), tm1 = Vector512.Load(sums + 48);
        Vector512<float> tl0 = Vector512.Load(sums + 64), tl1 = Vector512.Load(sums + 80);
        Vector512<float> cr0 = Vector512.Load(sums + 96), cr1 = Vector512.Load(sums + 112);
        Vector512<float> cm0 = Vector512.Load(sums + 128), cm1 = Vector512.Load(sums + 144);
        Vector512<float> cl0 = Vector512.Load(sums + 160), cl1 = Vector512.Load(sums + 176);
        Vector512<float> br0 = Vector512.Load(sums + 192), br1 = Vector512.Load(sums + 208);
        Vector512<float> bm0 = Vector512.Load(sums + 224), bm1 = Vector512.Load(sums + 240);
        Vector512<float> bl0 = Vector512.Load(sums + 256), bl1 = Vector512.Load(sums + 272);
        foreach (ushort position in fired)
        {
            float* bottom = outputs + position * OutBlock, center = bottom + row, top = center + row;
            tr0 += Vector512.Load(top + 32);
            tr1 += Vector512.Load(top + 48);
            tm0 += Vector512.Load(top);
            tm1 += Vector512.Load(top + 16);
            tl0 += Vector512.Load(top - 32);
            tl1 += Vector512.Load(top - 16);
            cr0 += Vector512.Load(center + 32);
            cr1 += Vector512.Load(center + 48);
            cm0 += Vector512.Load(center);
            cm1 += Vector512.Load(center + 16);
            cl0 += Vector512.Load(center - 32);
            cl1 += Vector512.Load(center - 16);
            br0 += Vector512.Load(bottom + 32);
            br1 += Vector512.Load(bottom + 48);
            bm0 += Vector512.Load(bottom);
            bm1 += Vector512.Load(bottom + 16);
            bl0 += Vector512.Load(bottom - 32);
            bl1 += Vector512.Load(bottom - 16);
        }
        tr0.Store(sums);
        tr1.Store(sums + 16);
        tm0.Store(sums + 32);
        tm1.Store(sums + 48);
        tl0.Store(sums + 64);
        tl1.Store(sums + 80);
        cr0.Store(sums + 96);
        cr1.Store(sums + 112);
        cm0.Store(sums + 128);
        cm1.Store(sums + 144);
        cl0.Store(sums + 160);
        cl1.Store(sums + 176);
        br0.Store(sums + 192);
        br1.Store(sums + 208);
        bm0.Store(sums + 224);
        bm1.Store(sums + 240);
        bl0.Store(sums + 256);
        bl1.Store(sums + 272);
    }
}
