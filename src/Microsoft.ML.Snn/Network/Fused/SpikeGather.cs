using System.Numerics;
using System.Runtime.Intrinsics;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// The 3x3 convolution of stride 1 over spikes as the sum of the weights of those neurons that fired: no multiplication, and no work for
/// silent ones. Exact in float32, in an order of its own that no number of threads changes.
/// </summary>
/// <remarks>
/// A spike at column x adds its three weights of a kernel row to the outputs at x - 1, x and x + 1: those of 32 output channels are held
/// in registers while the row is walked. Vectors of 16 channels and of 8 give the same bits.
/// </remarks>
internal static unsafe class SpikeGather
{
    /// <summary>Output channels at a time: with three columns twelve of the sixteen registers.</summary>
    public const int OutBlock = 32;

    /// <summary>
    /// Density from which on oneDNN is faster. Two cores with AVX2 broke even between 0.45 (32 channels) and 0.65 (128 and more).
    /// </summary>
    public const double MaxDensity = 0.45;

    /// <summary>Input channels at a time, whose weights fill three quarters of a first cache of 32 KiB.</summary>
    private const int InBlock = 64;

    private const int TileRows = 8;

    private const int KernelWeights = 3 * OutBlock;

    public static bool Supports(ConvolutionPlan plan) =>
        Vector256.IsHardwareAccelerated && plan is { Kernel: 3, Stride: 1 } && plan.In % 8 == 0 && plan.Out % OutBlock == 0;

    /// <summary>Spikes [T*N, H, W, In] -> float32 [T*N, H, W, Out].</summary>
    public static Tensor Forward(SpikeMask spikes, Tensor weight) => Forward(spikes, weight, isWide: Vector512.IsHardwareAccelerated);

    /// <summary>The same with vectors of 16 channels or of 8.</summary>
    public static Tensor Forward(SpikeMask spikes, Tensor weight, bool isWide)
    {
        int outChannels = (int)weight.shape[0];
        using Tensor packed = Pack(weight, outChannels, spikes.Channels);
        float* weights = TensorMemory.Address<float>(packed);
        Tensor output = TensorMemory.Allocate(ScalarType.Float32, spikes.Images, spikes.Height, spikes.Width, outChannels);
        float* target = TensorMemory.Address<float>(output);
        int tiles = (spikes.Height + TileRows - 1) / TileRows;
        ParallelRange.For(spikes.Images * tiles, 1, (start, end) =>
        {
            for (long tile = start; tile < end; tile++)
                ConvolveTile(spikes, tile / tiles, (int)(tile % tiles) * TileRows, weights, target, outChannels, isWide);
        });
        return output;
    }

    private static void ConvolveTile(SpikeMask spikes, long image, int top, float* weights, float* target, int outChannels, bool isWide)
    {
        (int height, int width, int channels) = (spikes.Height, spikes.Width, spikes.Channels);
        int rows = Math.Min(TileRows, height - top);
        using var fired = new ScratchMemory<ushort>((rows + 2) * width * InBlock);
        using var starts = new ScratchMemory<int>((rows + 2) * width + 1);
        for (int c = 0; c < channels; c += InBlock)
        {
            CollectFired(spikes, image, top, rows, c, fired.Address, starts.Address);
            for (int block = 0; block < outChannels / OutBlock; block++)
            {
                for (int kernelRow = 0; kernelRow < 3; kernelRow++)
                {
                    float* kernel = weights + ((long)(block * 3 + kernelRow) * channels + c) * KernelWeights;
                    for (int y = 0; y < rows; y++)
                    {
                        float* row = target + ((image * height + top + y) * width) * outChannels + block * OutBlock;
                        int* rowStarts = starts.Address + (y + kernelRow) * width;
                        bool isFirst = c == 0 && kernelRow == 0;
                        if (isWide)
                            ConvolveRowWide(kernel, fired.Address, rowStarts, width, row, outChannels, isFirst);
                        else
                            ConvolveRow(kernel, fired.Address, rowStarts, width, row, outChannels, isFirst);
                    }
                }
            }
        }
    }

    /// <summary>
    /// The channels that fired, from <paramref name="first"/> on and counted from there, of each pixel of the tile and of the row above
    /// and below it; no channels beyond the image.
    /// </summary>
    private static void CollectFired(SpikeMask spikes, long image, int top, int rows, int first, ushort* fired, int* starts)
    {
        int words = Math.Min(InBlock / 32, spikes.PixelBytes / sizeof(uint) - first / 32);
        int count = 0;
        for (int y = top - 1; y <= top + rows; y++)
        {
            for (int x = 0; x < spikes.Width; x++)
            {
                *starts++ = count;
                if (y < 0 || y >= spikes.Height)
                    continue;
                uint* source = (uint*)(spikes.Bytes + ((image * spikes.Height + y) * spikes.Width + x) * spikes.PixelBytes) + first / 32;
                for (int word = 0; word < words; word++)
                {
                    for (uint bits = source[word]; bits != 0; bits &= bits - 1)
                        fired[count++] = (ushort)(word * 32 + BitOperations.TrailingZeroCount(bits));
                }
            }
        }
        *starts = count;
    }

    /// <summary>Adds (writes, if it is the first time) what one row of input spikes gives to a row of outputs.</summary>
    private static void ConvolveRow(float* kernel, ushort* fired, int* starts, int width, float* row, int stride, bool isFirst)
    {
        Vector256<float> zero = Vector256<float>.Zero;
        // The columns left of the spikes, at them and right of them.
        Vector256<float> l0 = zero, l1 = zero, l2 = zero, l3 = zero;
        Vector256<float> m0 = zero, m1 = zero, m2 = zero, m3 = zero;
        Vector256<float> r0 = zero, r1 = zero, r2 = zero, r3 = zero;
        for (int x = 0; x <= width; x++)
        {
            int end = x < width ? starts[x + 1] : 0;
            for (int i = starts[x]; i < end; i++)
            {
                float* weight = kernel + fired[i] * KernelWeights;
                r0 += Vector256.Load(weight);
                r1 += Vector256.Load(weight + 8);
                r2 += Vector256.Load(weight + 16);
                r3 += Vector256.Load(weight + 24);
                m0 += Vector256.Load(weight + 32);
                m1 += Vector256.Load(weight + 40);
                m2 += Vector256.Load(weight + 48);
                m3 += Vector256.Load(weight + 56);
                l0 += Vector256.Load(weight + 64);
                l1 += Vector256.Load(weight + 72);
                l2 += Vector256.Load(weight + 80);
                l3 += Vector256.Load(weight + 88);
            }
            if (x > 0)
            {
                float* left = row + (long)(x - 1) * stride;
                if (!isFirst)
                {
                    l0 += Vector256.Load(left);
                    l1 += Vector256.Load(left + 8);
                    l2 += Vector256.Load(left + 16);
                    l3 += Vector256.Load(left + 24);
                }
                l0.Store(left);
                l1.Store(left + 8);
                l2.Store(left + 16);
                l3.Store(left + 24);
            }
            (l0, l1, l2, l3) = (m0, m1, m2, m3);
            (m0, m1, m2, m3) = (r0, r1, r2, r3);
            r0 = r1 = r2 = r3 = zero;
        }
    }

    /// <summary>The same, in the same order, with half as many registers of twice the width.</summary>
    private static void ConvolveRowWide(float* kernel, ushort* fired, int* starts, int width, float* row, int stride, bool isFirst)
    {
        Vector512<float> zero = Vector512<float>.Zero;
        Vector512<float> l0 = zero, l1 = zero, m0 = zero, m1 = zero, r0 = zero, r1 = zero;
        for (int x = 0; x <= width; x++)
        {
            int end = x < width ? starts[x + 1] : 0;
            for (int i = starts[x]; i < end; i++)
            {
                float* weight = kernel + fired[i] * KernelWeights;
                r0 += Vector512.Load(weight);
                r1 += Vector512.Load(weight + 16);
                m0 += Vector512.Load(weight + 32);
                m1 += Vector512.Load(weight + 48);
                l0 += Vector512.Load(weight + 64);
                l1 += Vector512.Load(weight + 80);
            }
            if (x > 0)
            {
                float* left = row + (long)(x - 1) * stride;
                if (!isFirst)
                {
                    l0 += Vector512.Load(left);
                    l1 += Vector512.Load(left + 16);
                }
                l0.Store(left);
                l1.Store(left + 16);
            }
            (l0, l1) = (m0, m1);
            (m0, m1) = (r0, r1);
            r0 = r1 = zero;
        }
    }

    /// <summary>[Out, In, 3, 3] -> [Out / 32, kernel row, In, kernel column, 32].</summary>
    private static Tensor Pack(Tensor weight, int outChannels, int inChannels)
    {
        using Tensor ordered = TensorMemory.ChannelsInnermost(weight); // [Out, 3, 3, In]
        float* source = TensorMemory.Address<float>(ordered);
        Tensor packed = TensorMemory.Allocate(ScalarType.Float32, ordered.numel());
        float* target = TensorMemory.Address<float>(packed);
        ParallelRange.For(outChannels / OutBlock * 3, 1, (start, end) =>
        {
            for (long part = start; part < end; part++)
            {
                (long block, long kernelRow) = (part / 3, part % 3);
                // Eight channels at a time: what is read and what is written then stays in the first cache.
                for (int first = 0; first < inChannels; first += 8)
                {
                    for (int kernelColumn = 0; kernelColumn < 3; kernelColumn++)
                    {
                        for (int o = 0; o < OutBlock; o++)
                        {
                            float* from = source + (((block * OutBlock + o) * 3 + kernelRow) * 3 + kernelColumn) * inChannels + first;
                            float* to = target + (part * inChannels + first) * KernelWeights + kernelColumn * OutBlock + o;
                            for (int c = 0; c < 8; c++)
                                to[c * KernelWeights] = from[c];
                        }
                    }
                }
            }
        });
        return packed;
    }
}
