using System.Numerics;
using Microsoft.ML.Snn.Torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// Where each channel of a mask fired: the spikes turned from channels by pixel to pixels by channel, in tiles of a few image rows. A
/// position counts the pixels of a tile that has a column of padding at either side.
/// </summary>
internal sealed unsafe class SpikePositions : IDisposable
{
    /// <summary>Most rows of a tile.</summary>
    private const int MaxTileRows = 8;

    /// <summary>
    /// Most pixels of a tile with its frame: those of a convolution's output, 32 channels of them as float32, stay in a first cache of
    /// 32 KiB.
    /// </summary>
    private const int MaxPaddedPixels = 220;

    private readonly SpikeMask _spikes;
    private readonly ScratchMemory<int> _starts;
    private readonly ScratchMemory<ushort> _positions;

    public SpikePositions(SpikeMask spikes)
    {
        _spikes = spikes;
        TileRows = Math.Clamp(MaxPaddedPixels / (spikes.Width + 2) - 2, 1, MaxTileRows);
        TilesPerImage = (spikes.Height + TileRows - 1) / TileRows;
        Tiles = spikes.Images * TilesPerImage;
        int channels = spikes.Channels;
        _starts = new(Tiles * channels + 1);
        int* starts = _starts.Address;
        starts[0] = 0;
        // Counts go one place to the right: their running sums are then the starts.
        ParallelRange.For(Tiles, 1, (first, end) =>
        {
            for (long tile = first; tile < end; tile++)
            {
                (long firstPixel, int rows) = Rows(tile);
                spikes.CountByChannel(firstPixel, rows * spikes.Width, starts + tile * channels + 1);
            }
        });
        for (long i = 0; i < Tiles * channels; i++)
            starts[i + 1] += starts[i];
        _positions = new(starts[Tiles * channels]);
        ushort* positions = _positions.Address;
        ParallelRange.For(Tiles, 1, (first, end) =>
        {
            var next = new int[channels];
            for (long tile = first; tile < end; tile++)
            {
                new Span<int>(starts + tile * channels, channels).CopyTo(next);
                fixed (int* target = next)
                    Note(tile, target, positions);
            }
        });
    }

    /// <summary>Rows of a tile; the last of an image may have fewer.</summary>
    public int TileRows { get; }

    public long Tiles { get; }

    public int TilesPerImage { get; }

    /// <summary>Whether the positions of a tile, in images that wide a single row, fit their type.</summary>
    public static bool Supports(int width) => width + 2 <= ushort.MaxValue;

    /// <summary>Those of one channel in one tile, in rising order.</summary>
    public ReadOnlySpan<ushort> Of(long tile, int channel)
    {
        int* start = _starts.Address + tile * _spikes.Channels + channel;
        return new(_positions.Address + start[0], start[1] - start[0]);
    }

    public void Dispose()
    {
        _starts.Dispose();
        _positions.Dispose();
    }

    /// <summary>Where a tile begins in the mask, and how many rows it has.</summary>
    private (long FirstPixel, int Rows) Rows(long tile)
    {
        (long image, int top) = (tile / TilesPerImage, (int)(tile % TilesPerImage) * TileRows);
        return ((image * _spikes.Height + top) * _spikes.Width, Math.Min(TileRows, _spikes.Height - top));
    }

    /// <summary>Notes the position of each spike of a tile at its channel's place, which goes on by one.</summary>
    private void Note(long tile, int* next, ushort* positions)
    {
        (long firstPixel, int rows) = Rows(tile);
        int width = _spikes.Width, words = _spikes.PixelBytes / sizeof(uint);
        var source = (uint*)(_spikes.Bytes + firstPixel * _spikes.PixelBytes);
        for (int y = 0; y < rows; y++)
        {
            for (int x = 0; x < width; x++)
            {
                var position = (ushort)(y * (width + 2) + x + 1);
                for (int word = 0; word < words; word++)
                {
                    for (uint bits = *source++; bits != 0; bits &= bits - 1)
                        positions[next[word * 32 + BitOperations.TrailingZeroCount(bits)]++] = position;
                }
            }
        }
    }
}
