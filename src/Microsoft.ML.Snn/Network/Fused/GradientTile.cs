using System.Runtime.Intrinsics;
using Microsoft.ML.Snn.Engine.Kernels;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// A tile of the gradient by a convolution's output: 32 channels of it as float32, with a frame of one pixel that is zero outside the
/// image.
/// </summary>
/// <remarks>
/// A spike at s took part in the nine outputs around it, in each by another weight: the first of the kernel, at its top left, in the output
/// below it to the right. Registers have the names of the outputs, above, center or below, and left, middle or right:
/// <code>
///     outputs around s        the kernel's weights
///
///      al   am   ar             br   bm   bl
///      cl  cm=s  cr             cr   cm   cl
///      bl   bm   br             ar   am   al
/// </code>
/// Digits count the vectors that make 32 channels.
/// </remarks>
internal readonly unsafe ref struct GradientTile
{
    /// <summary>Sums of an input channel: [kernel row, kernel column, 32 output channels].</summary>
    public const int Sums = 3 * RowSums;

    private const int RowSums = 3 * OutBlock;

    private const int OutBlock = SpikeGather.OutBlock;

    private readonly SpikeMask _spikes;
    private readonly SpikePositions _positions;
    private readonly byte* _gradient;
    private readonly int _outChannels;
    private readonly float* _padded;
    private readonly int _rowLength;

    /// <param name="spikes">The convolution's input.</param>
    /// <param name="positions">Its tiles.</param>
    /// <param name="gradient">First of the 32 channels in [T*N, H, W, Out].</param>
    /// <param name="outChannels">Out.</param>
    /// <param name="padded">Memory for the tile, all zeros: 32 channels of <see cref="PaddedPixels"/>.</param>
    public GradientTile(SpikeMask spikes, SpikePositions positions, byte* gradient, int outChannels, float* padded)
    {
        (_spikes, _positions, _outChannels) = (spikes, positions, outChannels);
        _gradient = gradient;
        _padded = padded;
        _rowLength = (spikes.Width + 2) * OutBlock;
    }

    /// <summary>Of a tile with its frame.</summary>
    public static int PaddedPixels(int rows, int width) => (rows + 2) * (width + 2);

    /// <summary>Takes in another tile.</summary>
    public void Load<TElement>(long tile) where TElement : IElement
    {
        (int height, int width, int rows) = (_spikes.Height, _spikes.Width, _positions.TileRows);
        (long image, int top) = (tile / _positions.TilesPerImage, (int)(tile % _positions.TilesPerImage) * rows);
        for (int y = -1; y <= rows; y++)
        {
            float* target = _padded + (y + 1) * _rowLength + OutBlock;
            if (top + y < 0 || top + y >= height)
            {
                new Span<float>(target, width * OutBlock).Clear();
                continue;
            }
            byte* source = _gradient + (image * height + top + y) * width * _outChannels * TElement.Size;
            for (int x = 0; x < width; x++, source += _outChannels * TElement.Size, target += OutBlock)
            {
                for (int o = 0; o < OutBlock; o += Lanes256.Count)
                    Lanes256.Store(TElement.Load<Lanes256>(source + o * TElement.Size), target + o);
            }
        }
    }

    /// <summary>Adds to the <see cref="Sums"/> of an input channel the outputs around each of its spikes.</summary>
    /// <param name="sums">Of the channel.</param>
    /// <param name="fired">Positions of its spikes in the tile.</param>
    /// <param name="isWide">Whether with vectors of 512 bits.</param>
    public void AddTo(float* sums, ReadOnlySpan<ushort> fired, bool isWide)
    {
        if (fired.IsEmpty)
            return;
        if (isWide)
        {
            AddRows(sums, fired);
            return;
        }
        // The frame begins a row above the tile, so a spike's position is that of the output above it: the lowest kernel row's.
        for (int kernelRow = 0; kernelRow < 3; kernelRow++)
            AddRow(_padded + (2 - kernelRow) * _rowLength, sums + kernelRow * RowSums, fired);
    }

    /// <summary>One row of outputs around each spike, to the three weights of a kernel row: twelve sums of sixteen registers.</summary>
    private static void AddRow(float* outputs, float* sums, ReadOnlySpan<ushort> fired)
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

    /// <summary>
    /// The same for all three kernel rows at once, in the same order: eighteen sums of the registers that there are with 512 bits.
    /// </summary>
    private void AddRows(float* sums, ReadOnlySpan<ushort> fired)
    {
        float* outputs = _padded;
        int row = _rowLength;
        Vector512<float> br0 = Vector512.Load(sums), br1 = Vector512.Load(sums + 16);
        Vector512<float> bm0 = Vector512.Load(sums + 32), bm1 = Vector512.Load(sums + 48);
        Vector512<float> bl0 = Vector512.Load(sums + 64), bl1 = Vector512.Load(sums + 80);
        Vector512<float> cr0 = Vector512.Load(sums + 96), cr1 = Vector512.Load(sums + 112);
        Vector512<float> cm0 = Vector512.Load(sums + 128), cm1 = Vector512.Load(sums + 144);
        Vector512<float> cl0 = Vector512.Load(sums + 160), cl1 = Vector512.Load(sums + 176);
        Vector512<float> ar0 = Vector512.Load(sums + 192), ar1 = Vector512.Load(sums + 208);
        Vector512<float> am0 = Vector512.Load(sums + 224), am1 = Vector512.Load(sums + 240);
        Vector512<float> al0 = Vector512.Load(sums + 256), al1 = Vector512.Load(sums + 272);
        foreach (ushort position in fired)
        {
            float* above = outputs + position * OutBlock, center = above + row, below = center + row;
            br0 += Vector512.Load(below + 32);
            br1 += Vector512.Load(below + 48);
            bm0 += Vector512.Load(below);
            bm1 += Vector512.Load(below + 16);
            bl0 += Vector512.Load(below - 32);
            bl1 += Vector512.Load(below - 16);
            cr0 += Vector512.Load(center + 32);
            cr1 += Vector512.Load(center + 48);
            cm0 += Vector512.Load(center);
            cm1 += Vector512.Load(center + 16);
            cl0 += Vector512.Load(center - 32);
            cl1 += Vector512.Load(center - 16);
            ar0 += Vector512.Load(above + 32);
            ar1 += Vector512.Load(above + 48);
            am0 += Vector512.Load(above);
            am1 += Vector512.Load(above + 16);
            al0 += Vector512.Load(above - 32);
            al1 += Vector512.Load(above - 16);
        }
        br0.Store(sums);
        br1.Store(sums + 16);
        bm0.Store(sums + 32);
        bm1.Store(sums + 48);
        bl0.Store(sums + 64);
        bl1.Store(sums + 80);
        cr0.Store(sums + 96);
        cr1.Store(sums + 112);
        cm0.Store(sums + 128);
        cm1.Store(sums + 144);
        cl0.Store(sums + 160);
        cl1.Store(sums + 176);
        ar0.Store(sums + 192);
        ar1.Store(sums + 208);
        am0.Store(sums + 224);
        am1.Store(sums + 240);
        al0.Store(sums + 256);
        al1.Store(sums + 272);
    }
}
