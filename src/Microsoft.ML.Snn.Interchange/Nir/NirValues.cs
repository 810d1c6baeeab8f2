using Microsoft.ML.Snn.Engine.Graph;
using PureHDF;
using PureHDF.Filters;
using PureHDF.VOL.Native;

namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>Datasets as NIR's own library writes them: float32, int64 and text of any length; arrays in compressed chunks.</summary>
internal static class NirValues
{
    // Values of a chunk, and below which an array is not compressed.
    private const int ChunkValues = 1 << 20, FewValues = 64;

    private static readonly H5DatasetCreation _compressed = new(Filters: [DeflateFilter.Id]);

    public static H5Dataset Floats(float[] values, params ReadOnlySpan<int> shape)
    {
        ulong[] sizes = [.. shape.ToArray().Select(size => (ulong)size)];
        if (values.Length < FewValues)
            return new(values, fileDims: sizes);
        return new(values, chunks: Chunks(shape), fileDims: sizes, datasetCreation: _compressed);
    }

    public static H5Dataset Integers(params ReadOnlySpan<int> values) => new(values.ToArray().Select(value => (long)value).ToArray());

    /// <summary>Pairs of names, [n, 2].</summary>
    public static H5Dataset Pairs(IReadOnlyCollection<(string, string)> pairs) =>
        new(pairs.SelectMany(pair => (string[])[pair.Item1, pair.Item2]).ToArray(), fileDims: [(ulong)pairs.Count, 2]);

    /// <summary>A value for each neuron, [C, H, W], of one for each channel.</summary>
    public static H5Dataset PerNeuron(Signal shape, Func<int, double> value)
    {
        int pixels = shape.Height * shape.Width;
        float[] values = new float[shape.Channels * pixels];
        for (int c = 0; c < shape.Channels; c++)
            values.AsSpan(c * pixels, pixels).Fill((float)value(c));
        return Floats(values, shape.Channels, shape.Height, shape.Width);
    }

    /// <summary>Whole slices of the last dimensions, as many as are no more than <see cref="ChunkValues"/>.</summary>
    private static uint[] Chunks(ReadOnlySpan<int> shape)
    {
        uint[] chunks = new uint[shape.Length];
        long left = ChunkValues;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            chunks[i] = (uint)Math.Clamp(left, 1, shape[i]);
            left /= shape[i];
        }
        return chunks;
    }
}
