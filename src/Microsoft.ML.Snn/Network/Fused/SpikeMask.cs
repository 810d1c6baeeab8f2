using System.Numerics;
using System.Runtime.CompilerServices;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// Which neurons of a layer fired, a bit each: [T*N, H, W, C] with the channels of a pixel side by side, each pixel filled up to whole
/// words of 32 bits. Where neurons send up to 2^P - 1 spikes, P such planes follow one another: the numbers' bits, the lowest first.
/// </summary>
internal sealed unsafe class SpikeMask : IDisposable
{
    /// <summary>Most planes that there are.</summary>
    public const int MaxPlanes = 4;

    private const int Grain = 1 << 10;

    private readonly Tensor _words;

    public SpikeMask(long images, int height, int width, int channels, int maxSpikes = 1)
    {
        (Images, Height, Width, RealChannels, Channels) = (images, height, width, channels, KernelVectors.FilledUp(channels));
        PixelBytes = (Channels + 31) / 32 * sizeof(int);
        Planes = PlanesFor(maxSpikes);
        // Kernels write the channels alone.
        long[] shape = [Planes, Pixels, PixelBytes / sizeof(int)];
        _words = (Channels % 32 == 0 ? TensorMemory.Allocate(ScalarType.Int32, shape) : zeros(shape, dtype: ScalarType.Int32, device: CPU))
            .DetachFromDisposeScope();
        Bytes = TensorMemory.Address<byte>(_words);
    }

    /// <summary>T*N.</summary>
    public long Images { get; }

    public int Height { get; }

    public int Width { get; }

    /// <summary>C: a multiple of 8.</summary>
    public int Channels { get; }

    /// <summary>Those of them that are neurons; the others only fill the last vector up, and are silent.</summary>
    public int RealChannels { get; }

    public long Pixels => Images * Height * Width;

    public int PixelBytes { get; }

    /// <summary>Bits of a neuron's number of spikes, P.</summary>
    public int Planes { get; }

    /// <summary>From one plane to the next.</summary>
    public long PlaneBytes => Pixels * PixelBytes;

    /// <summary>Of the first pixel: bit c % 8 of byte c / 8 is channel c.</summary>
    public byte* Bytes { get; }

    /// <summary>Spikes per neuron; to be measured by <see cref="Measure"/>.</summary>
    public double Density { get; private set; }

    /// <summary>Planes for up to so many spikes.</summary>
    public static int PlanesFor(int maxSpikes) => BitOperations.Log2((uint)maxSpikes) + 1;

    /// <summary>The spikes of a vector of channels, from a byte on, as numbers 0 and 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Numbers<TLanes>(byte* source) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.KeepWhere(TLanes.Broadcast(1f), Fired<TLanes>(source));

    /// <summary>Notes which of a vector of channels fired, from a byte on.</summary>
    /// <param name="fired">All bits of a lane set where its channel fired.</param>
    /// <param name="target">Where the first channel is.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<TLanes>(TLanes fired, byte* target) where TLanes : unmanaged, ILanes<TLanes> =>
        WriteBits<TLanes>(TLanes.ToBits(fired), target);

    /// <summary>The same of a bit for each channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteBits<TLanes>(uint bits, byte* target) where TLanes : unmanaged, ILanes<TLanes>
    {
        if (TLanes.Count == 16)
            *(ushort*)target = (ushort)bits;
        else
            *target = (byte)bits;
    }

    /// <summary>Counts the spikes, once the mask is complete.</summary>
    public void Measure()
    {
        long count = 0;
        for (int plane = 0; plane < Planes; plane++)
        {
            var words = (uint*)(Bytes + plane * PlaneBytes);
            long fired = 0;
            for (long i = 0; i < PlaneBytes / sizeof(uint); i++)
                fired += BitOperations.PopCount(words[i]);
            count += fired << plane;
        }
        Density = (double)count / (Pixels * RealChannels);
    }

    /// <summary>Spikes of each channel, [C], over <paramref name="pixels"/> pixels from <paramref name="first"/> on.</summary>
    public void CountByChannel(long first, long pixels, int* counts)
    {
        var job = new Count(this, first, pixels, counts);
        // Spikes are bits, whatever the network's values are.
        KernelVectors.Run(Channels, ScalarType.Float32, ref job);
    }

    /// <summary>
    /// Mean over each window of each image, float32 [T*N, real channels * windows]; the windows of a channel side by side.
    /// </summary>
    public Tensor MeanOverWindows(PoolingPlan pooling)
    {
        // What lies side by side in memory is counted at once: rows of a window, or all of it.
        int parts = pooling.WindowWidth == Width ? 1 : pooling.WindowHeight;
        int pixels = pooling.WindowWidth * pooling.WindowHeight / parts, windows = pooling.OutHeight * pooling.OutWidth;
        float area = pooling.WindowHeight * pooling.WindowWidth;
        Tensor means = TensorMemory.Allocate(ScalarType.Float32, Images, pooling.Features);
        float* target = TensorMemory.Address<float>(means);
        ParallelRange.For(Images, 1, (start, end) =>
        {
            var counts = new int[Channels];
            var sums = new int[RealChannels];
            for (long i = start * windows; i < end * windows; i++)
            {
                (long image, long window) = Math.DivRem(i, windows);
                (long y, long x) = Math.DivRem(window, pooling.OutWidth);
                long first = (image * Height + y * pooling.WindowHeight) * Width + x * pooling.WindowWidth;
                Array.Clear(sums);
                for (int part = 0; part < parts; part++)
                {
                    fixed (int* spikes = counts)
                        CountByChannel(first + (long)part * Width, pixels, spikes);
                    for (int c = 0; c < sums.Length; c++)
                        sums[c] += counts[c];
                }
                for (int c = 0; c < sums.Length; c++)
                    target[(image * RealChannels + c) * windows + window] = sums[c] / area;
            }
        });
        return means;
    }

    /// <summary>The number of spikes of each neuron, [T*N, C, H', W'] in channels-last memory.</summary>
    /// <param name="dtype">float32 or bfloat16.</param>
    /// <param name="pixelStep">1 for all pixels, s for every s-th one of each row and column, from the first on.</param>
    public Tensor ToTensor(ScalarType dtype, int pixelStep = 1)
    {
        long[] shape = [Images, (Height - 1) / pixelStep + 1, (Width - 1) / pixelStep + 1, Channels];
        using Tensor values = TensorMemory.Allocate(dtype, shape);
        var job = new Unpacking(this, TensorMemory.Address<byte>(values), pixelStep);
        KernelVectors.Run(Channels, dtype, ref job);
        return TensorMemory.ChannelsSecond(values);
    }

    public void Dispose() => _words.Dispose();

    /// <summary>All bits of a lane set where its channel fired.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Fired<TLanes>(byte* source) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.FromBits(TLanes.Count == 16 ? *(ushort*)source : *source);

    private void CountByChannel<TLanes>(long first, long pixels, int* counts) where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int c = 0; c < Channels; c += TLanes.Count)
        {
            byte* source = Bytes + first * PixelBytes + c / 8;
            TLanes sum = TLanes.Broadcast(0);
            for (int plane = 0; plane < Planes; plane++)
            {
                TLanes weight = TLanes.Broadcast(1 << plane);
                byte* place = source + plane * PlaneBytes;
                for (long p = 0; p < pixels; p++, place += PixelBytes)
                    sum = TLanes.AddIntegers(sum, TLanes.KeepWhere(weight, Fired<TLanes>(place)));
            }
            TLanes.Store(sum, counts + c);
        }
    }

    private void Unpack<TLanes, TElement>(byte* target, int pixelStep) where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement
    {
        int rows = (Height - 1) / pixelStep + 1, columns = (Width - 1) / pixelStep + 1;
        ParallelRange.For(Images * rows, Math.Max(1, Grain / columns), (start, end) =>
        {
            byte* to = target + start * columns * Channels * TElement.Size;
            for (long row = start; row < end; row++)
            {
                byte* from = Bytes + (row / rows * Height + row % rows * pixelStep) * Width * PixelBytes;
                for (int x = 0; x < columns; x++, from += pixelStep * PixelBytes)
                {
                    for (int c = 0; c < Channels; c += TLanes.Count, to += TLanes.Count * TElement.Size)
                    {
                        TLanes numbers = Numbers<TLanes>(from + c / 8);
                        for (int plane = 1; plane < Planes; plane++)
                        {
                            TLanes value = TLanes.Broadcast((float)(1 << plane));
                            numbers = TLanes.AddFloats(numbers, TLanes.KeepWhere(value, Fired<TLanes>(from + plane * PlaneBytes + c / 8)));
                        }
                        TElement.Store(numbers, to);
                    }
                }
            }
        });
    }

    private readonly struct Count(SpikeMask mask, long first, long pixels, int* counts) : IKernelJob
    {
        public void Run<TLanes, TElement>() where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement =>
            mask.CountByChannel<TLanes>(first, pixels, counts);
    }

    private readonly struct Unpacking(SpikeMask mask, byte* target, int pixelStep) : IKernelJob
    {
        public void Run<TLanes, TElement>() where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement =>
            mask.Unpack<TLanes, TElement>(target, pixelStep);
    }
}
