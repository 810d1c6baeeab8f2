using System.Numerics;

namespace Microsoft.ML.Snn;

/// <summary>
/// Where each channel of a mask fired: the spikes turned from channels by pixel to pixels by channel, in tiles of a few image rows. A
/// position counts the pixels of a tile that has a column of padding at either side.
/// </summary>
internal sealed unsafe class SpikePositions : IDisposable
{
    public const int TileRows = 8;

    private readonly SpikeMask _spikes;
    private readonly ScratchMemory<int> _starts;
    private readonly ScratchMemory<ushort> _positions;

    public SpikePositions(SpikeMask spikes)
    {
        _spikes = spikes;
        TilesPerImage = (spikes.Height + TileRows - 1) / TileRows;
        Tiles = spikes.Images * TilesPerImage;
        int channels = spikes.Channels;
        _starts = new(Tiles * channels + 1);
        int* starts = _starts.Address;
        starts[0] = 0;
        // Counts go one place to the right: their running sums are then the starts.
        ParallelRange.For(Tiles, 1, (first, end) =>
        {
            new Span<int>(starts + first * channels + 1, checked((int)(end - first) * channels)).Clear();
            for (long tile = first; tile < end; tile++)
                Walk(tile, starts + tile * channels + 1, null);
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
                    Walk(tile, target, positions);
            }
        });
    }

    public long Tiles { get; }

    public int TilesPerImage { get; }

    /// <summary>Whether the positions of a tile fit their type.</summary>
    public static bool Supports(int width) => (TileRows + 2) * (width + 2) <= ushort.MaxValue;

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

    /// <summary>Advances each channel's number at each of its spikes and, where there are positions, first notes it there.</summary>
    private void Walk(long tile, int* next, ushort* positions)
    {
        (int height, int width) = (_spikes.Height, _spikes.Width);
        (long image, int top) = (tile / TilesPerImage, (int)(tile % TilesPerImage) * TileRows);
        int rows = Math.Min(TileRows, height - top);
        int words = _spikes.PixelBytes / sizeof(uint);
        var source = (uint*)(_spikes.Bytes + (image * height + top) * width * _spikes.PixelBytes);
        for (int y = 0; y < rows; y++)
        {
            for (int x = 0; x < width; x++)
            {
                var position = (ushort)(y * (width + 2) + x + 1);
                for (int word = 0; word < words; word++)
                {
                    for (uint bits = *source++; bits != 0; bits &= bits - 1)
                    {
                        int channel = word * 32 + BitOperations.TrailingZeroCount(bits);
                        if (positions != null)
                            positions[next[channel]] = position;
                        next[channel]++;
                    }
                }
            }
        }
    }
}
