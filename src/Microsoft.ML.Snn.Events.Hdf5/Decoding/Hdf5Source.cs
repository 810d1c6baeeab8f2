using System.Collections.Immutable;
using System.Reflection;
using Microsoft.ML.Snn.Events.Formats;
using Microsoft.ML.Snn.Events.Hdf5.Files;
using PureHDF;
using PureHDF.Selections;
using PureHDF.VOL.Native;

namespace Microsoft.ML.Snn.Events.Hdf5.Decoding;

/// <summary>A dataset whose rows hold some or all parts of an event, read in blocks.</summary>
internal sealed class Hdf5Source
{
    private const long LargestChunk = 1 << 26;
    private const int LargestElement = 1 << 12;
    private readonly NativeDataset _dataset;
    private readonly Hdf5Container _container;
    private readonly ImmutableArray<TablePart> _parts;
    private readonly ulong[] _dimensions;
    private readonly long _chunkRows = long.MaxValue;
    private readonly H5DatasetAccess _access;
    private readonly byte[] _block;
    private readonly int _rowSize;

    /// <param name="container">The file.</param>
    /// <param name="dataset">Of one dimension, or a table with a row for each event.</param>
    /// <param name="name">The dataset's name, for messages.</param>
    /// <param name="parts">What its rows hold; the order of their bytes is looked up here.</param>
    public Hdf5Source(Hdf5Container container, NativeDataset dataset, string name, ImmutableArray<TablePart> parts)
    {
        _container = container;
        _dataset = dataset;
        _parts =
        [
            .. parts.Select(part => part with
            {
                Number = part.Number with { IsBigEndian = Hdf5ByteOrder.IsBigEndian(dataset, name, part.Offset, part.Number.Size) },
            }),
        ];
        _dimensions = dataset.Space.Dimensions;
        if (dataset.Type.Size is < 1 or > LargestElement)
            throw new InvalidDataException($"{name} has elements of {dataset.Type.Size} bytes, which are not events.");
        _rowSize = dataset.Type.Size * (_dimensions.Length == 2 ? (int)_dimensions[1] : 1);
        _block = new byte[Hdf5Decoder.BlockSize * _rowSize];
        IH5DataLayout layout = dataset.Layout;
        if (layout.Class == H5DataLayoutClass.VirtualStorage || IsExternal(dataset))
            throw new NotSupportedException($"{name} has its data in other files, which are not read.");
        long chunkSize = 0;
        if (layout.Class == H5DataLayoutClass.Chunked)
        {
            _chunkRows = (long)Math.Clamp(layout.Chunks[0], 1, LargestChunk);
            chunkSize = layout.Chunks.Aggregate((long)dataset.Type.Size, (size, length) =>
                length > LargestChunk ? LargestChunk + 1 : Math.Min(LargestChunk + 1, size * (long)length));
            if (chunkSize > LargestChunk)
                throw new NotSupportedException($"{name} has chunks of more than {LargestChunk >> 20} MiB.");
        }
        // A chunk is decompressed once, though it may be more than a block.
        _access = new(ChunkCache: new SimpleReadingChunkCache(byteCount: (ulong)Math.Max(1 << 20, chunkSize)));
        if (Count == 0)
            return;
        if (layout.Class == H5DataLayoutClass.Compact)
            container.Run(() => ReadRows(0, 1));
        else
            container.RunWithin(() => ReadRows(0, 1));
    }

    /// <summary>
    /// Whether a dataset names files that have its data: PureHDF would open any file of the machine, and says so to nobody else.
    /// </summary>
    private static bool IsExternal(NativeDataset dataset) => typeof(NativeDataset)
        .GetProperty("InternalExternalFileList", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(dataset) is not null;

    /// <summary>Number of rows.</summary>
    public long Count => (long)Math.Min(_dimensions[0], long.MaxValue);

    /// <summary>The number of rows from one on to the end of its chunk, which is damaged or not as a whole.</summary>
    public long CountToEndOfChunk(long row) => _chunkRows - row % _chunkRows;

    /// <summary>Reads rows; each part goes to the values of its number.</summary>
    /// <exception cref="InvalidDataException">The rows are damaged.</exception>
    public void Read(long row, int count, long[][] values)
    {
        _container.Run(() => ReadRows(row, count));
        foreach (TablePart part in _parts)
            part.Read(_block, _rowSize, values[(int)part.Part].AsSpan(0, count));
    }

    /// <summary>Reads the bytes of rows, as they are in the file.</summary>
    private bool ReadRows(long row, int count)
    {
        HyperslabSelection rows = _dimensions.Length == 1
            ? new((ulong)row, (ulong)count) : new(2, [(ulong)row, 0], [(ulong)count, _dimensions[1]]);
        _dataset.Read(_access, _block.AsSpan(0, count * _rowSize), rows);
        return true;
    }
}
