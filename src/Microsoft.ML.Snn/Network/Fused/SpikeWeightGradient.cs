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

    private const int TileRows = SpikePositions.TileRows;

    public static bool Supports(ConvolutionPlan plan) => SpikeGather.Supports(plan) && SpikePositions.Supports(plan.OutWidth);

    /// <summary>float32 [Out, In, 3, 3] in channels-last memory for the gradient by the output, [T*N, H, W, Out].</summary>
    public static Tensor Of(SpikeMask spikes, Tensor gradient) =>
        gradient.dtype == ScalarType.BFloat16 ? Of<BFloat16Element>(spikes, gradient) : Of<Float32Element>(spikes, gradient);

    private static Tensor Of<TElement>(SpikeMask spikes, Tensor gradient) where TElement : IElement
    {
        (int inChannels, int outChannels) = (spikes.Channels, (int)gradient.shape[^1]);
        byte* outer = TensorMemory.Address<byte>(gradient);
        using var positions = new SpikePositions(spikes);
        using Tensor result = empty(outChannels, 3, 3, inChannels);
        float* target = TensorMemory.Address<float>(result);
        int inBlocks = (inChannels + InBlock - 1) / InBlock;
        ParallelRange.For(outChannels / OutBlock * inBlocks, 1, (start, end) =>
        {
            for (long part = start; part < end; part++)
            {
                int firstOut = (int)(part / inBlocks) * OutBlock, firstIn = (int)(part % inBlocks) * InBlock;
                int count = Math.Min(InBlock, inChannels - firstIn);
                using var sums = new ScratchMemory<float>(count * 3 * KernelWeights);
                sums.Span.Clear();
                Sum<TElement>(spikes, positions, outer, outChannels, firstOut, firstIn, count, sums.Address);
                for (int i = 0; i < sums.Span.Length; i++)
                {
                    (int channel, int weight) = Math.DivRem(i, 3 * KernelWeights);
                    (int place, int o) = Math.DivRem(weight, OutBlock);
                    target[((firstOut + o) * 9L + place) * inChannels + firstIn + channel] = sums.Address[i];
                }
            }
        });
        return TensorMemory.ChannelsSecond(result);
    }

    /// <summary>Sums over all tiles: [In of the block, kernel row, kernel column, 32 output channels].</summary>
    private static void Sum<TElement>(
        SpikeMask spikes, SpikePositions positions, byte* gradient, int outChannels, int firstOut, int firstIn, int count, float* sums)
        where TElement : IElement
    {
        int paddedWidth = spikes.Width + 2;
        using var padded = new ScratchMemory<float>((TileRows + 2) * paddedWidth * OutBlock);
        padded.Span.Clear();
        for (long tile = 0; tile < positions.Tiles; tile++)
        {
            long image = tile / positions.TilesPerImage;
            int top = (int)(tile % positions.TilesPerImage) * TileRows;
            Copy<TElement>(spikes, gradient, image, top, outChannels, firstOut, padded.Address);
            for (int channel = 0; channel < count; channel++)
            {
                ReadOnlySpan<ushort> fired = positions.Of(tile, firstIn + channel);
                if (fired.IsEmpty)
                    continue;
                for (int kernelRow = 0; kernelRow < 3; kernelRow++)
                {
                    // A spike in row y took part, by this kernel row, in the output at y - kernelRow + 1; the padding begins at row -1.
                    float* outputs = padded.Address + (2 - kernelRow) * paddedWidth * OutBlock;
                    AddRow(outputs, fired, sums + (channel * 3 + kernelRow) * KernelWeights);
                }
            }
        }
    }

    /// <summary>A tile of the gradient with a frame of a pixel, which is zero outside the image: 32 channels of it, as float32.</summary>
    private static void Copy<TElement>(
        SpikeMask spikes, byte* gradient, long image, int top, int outChannels, int firstOut, float* padded) where TElement : IElement
    {
        int paddedWidth = spikes.Width + 2;
        for (int y = -1; y <= TileRows; y++)
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
                for (int o = 0; o < OutBlock; o += 8)
                    TElement.Load(source + o * TElement.Size).Store(target + o);
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
}
