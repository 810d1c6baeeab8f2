using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using PureHDF;
using PureHDF.Selections;
using PureHDF.VOL.Native;

namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>
/// The groups and datasets of an HDF5 file, and what the exceptions of PureHDF mean. What datasets say of their sizes is believed as far as
/// the file could hold it.
/// </summary>
internal sealed class NirFile : IDisposable
{
    // Deflate gives at most 1032 bytes for one; small files are allowed some more.
    private const long MostOfAByte = 1032, Slack = 1 << 16;
    // Of texts, in one reading and more than the file's size in all.
    private const long MostCharacters = 1 << 24;

    private readonly CountedStream _stream;
    private readonly NativeFile _file;
    private readonly long _mostBytes;
    private long _bytes, _characters;

    /// <exception cref="InvalidDataException">The file is no HDF5 file.</exception>
    public NirFile(Stream stream)
    {
        _stream = new(stream);
        Budget = new(stream.Length);
        _mostBytes = Math.Min(long.MaxValue / MostOfAByte - Slack, stream.Length) * MostOfAByte + Slack;
        _file = Run("The HDF5 file", () => H5File.Open(_stream, leaveOpen: true));
    }

    /// <summary>What may be made of its values.</summary>
    public NirBudget Budget { get; }

    /// <summary>The group at the top.</summary>
    public IH5Group Root => _file;

    /// <summary>What is in a group, by its name.</summary>
    /// <param name="group">The group.</param>
    /// <param name="name">Its name, for messages.</param>
    public Dictionary<string, IH5Object> Children(IH5Group group, string name) => Run(name, () =>
    {
        NirLinks.Check(group, name);
        var children = new Dictionary<string, IH5Object>(StringComparer.Ordinal);
        foreach (IH5Object child in group.Children())
        {
            if (!children.TryAdd(child.Name, child))
                throw new InvalidDataException($"{name} has two parts named '{child.Name}'.");
        }
        return children;
    });

    /// <summary>The sizes of a dataset; empty for a scalar.</summary>
    public int[] Shape(NativeDataset dataset, string name) => Run(name, () =>
    {
        IH5Dataspace space = dataset.Space;
        ulong[] sizes = space.Type == H5DataspaceType.Scalar ? [] : space.Dimensions;
        if (space.Type == H5DataspaceType.Null || Array.Exists(sizes, size => size is 0 or > int.MaxValue))
            throw new InvalidDataException($"{name} has no values, or more than any array.");
        return Array.ConvertAll(sizes, size => (int)size);
    });

    /// <summary>All values of a dataset.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="size">Bytes of a value.</param>
    /// <exception cref="InvalidDataException">It is damaged, or says to have more values than the file could hold.</exception>
    /// <exception cref="NotSupportedException">Its values are in other files, or packed in a way that is not known.</exception>
    public T[] Read<T>(NativeDataset dataset, string name, int size) => Run(name, () =>
    {
        int count = CountWithin(dataset, name, size);
        long before = _stream.BytesRead;
        T[] values = dataset.Space.Type == H5DataspaceType.Scalar ? [dataset.Read<T>()] : dataset.Read<T[]>();
        // Small ones were read with their description.
        if (_stream.BytesRead == before && dataset.Layout.Class != H5DataLayoutClass.Compact)
            throw new InvalidDataException($"{name} has no values.");
        if (values.Length != count)
            throw new InvalidDataException($"{name} has {values.Length} values, not {count}.");
        return values;
    });

    /// <summary>All texts of a scalar, a vector or a matrix, row by row.</summary>
    public string[] ReadTexts(NativeDataset dataset, string name) => Run<string[]>(name, () =>
    {
        int count = CountWithin(dataset, name, dataset.Type.Size);
        int[] shape = Shape(dataset, name);
        if (shape.Length > 2)
            throw new InvalidDataException($"{name} has texts in {shape.Length} dimensions.");
        var texts = new List<string>();
        if (shape.Length == 0)
            Add(dataset.Read<string>());
        else
        {
            // Texts are somewhere else in the file, and many may be the same one: as many at once as make no more than some MB.
            int columns = shape.Length == 2 ? shape[1] : 1;
            int rows = (int)Math.Clamp(MostCharacters / Math.Max(1, _stream.Length) / columns, 1, shape[0]);
            for (int row = 0; row < shape[0]; row += rows)
            {
                ulong begin = (ulong)row, length = (ulong)Math.Min(rows, shape[0] - row);
                HyperslabSelection part = shape.Length == 2
                    ? new(rank: 2, starts: [begin, 0], blocks: [length, (ulong)columns]) : new(begin, length);
                Add(dataset.Read<string[]>(part));
            }
        }
        return texts.Count == count ? [.. texts] : throw new InvalidDataException($"{name} has {texts.Count} texts, not {count}.");

        void Add(params ReadOnlySpan<string?> read)
        {
            foreach (string? text in read)
            {
                if ((_characters += text?.Length ?? 0) > MostCharacters + _stream.Length)
                    throw new InvalidDataException($"{name} says to have more characters than the file can hold.");
                texts.Add(text ?? throw new InvalidDataException($"{name} has a text that is not there."));
            }
        }
    });

    public void Dispose() => _file.Dispose();

    /// <summary>The number of values of a dataset, which are in this file and no more than it can hold.</summary>
    private int CountWithin(NativeDataset dataset, string name, int size)
    {
        Int128 count = 1;
        foreach (int length in Shape(dataset, name))
            count *= length;
        if (count > Array.MaxLength || (_bytes += (long)count * size) > _mostBytes)
            throw new InvalidDataException($"{name} says to have {count} values, which is more than the file can hold.");
        NirLinks.Check(dataset, name);
        IH5DataLayout layout = dataset.Layout;
        if (layout.Class == H5DataLayoutClass.Chunked)
        {
            Int128 chunk = size;
            foreach (ulong length in layout.Chunks)
                chunk *= length;
            if (chunk > _mostBytes)
                throw new InvalidDataException($"{name} says to have chunks of {chunk} bytes, which is more than the file can hold.");
        }
        return (int)count;
    }

    private T Run<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        // PureHDF has no exceptions of its own: a damaged file leads to any.
        catch (Exception e) when (e is not (InvalidDataException or NotSupportedException) || e.Source == nameof(PureHDF))
        {
            _stream.Failure?.Throw();
            if (e is OutOfMemoryException)
                throw new InvalidDataException($"{name} needs more memory than there is: it is damaged, or too large for this machine.", e);
            string cause = e.GetBaseException().Message;
            if (cause.StartsWith("Could not find filter", StringComparison.Ordinal))
                throw new NotSupportedException($"{name} is compressed in a way that is not read: {cause}", e);
            throw e is NotSupportedException or NotImplementedException
                ? new NotSupportedException($"{name} is of a kind that is not read: {cause}", e)
                : new InvalidDataException($"{name} is damaged, or no part of a NIR file: {cause}", e);
        }
    }

    /// <summary>Another stream, which it leaves open. Tells how much was read of it, and what kept it from being read.</summary>
    private sealed class CountedStream(Stream stream) : Stream
    {
        // PureHDF reads structures number by number.
        private readonly BufferedStream _stream = new(stream, 1 << 16);
        // Texts are read with all of the heap around them, so that some bytes are read many times.
        private readonly long _mostBytes = (1L << 26) + 64 * Math.Min(stream.Length, 1L << 50);
        private long _position;

        public long BytesRead { get; private set; }

        public ExceptionDispatchInfo? Failure { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => stream.Length;

        public override long Position
        {
            get => _position;
            set => _position = value;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            // Links and trees of a damaged file may lead in circles, which PureHDF follows until the stack or the patience ends.
            RuntimeHelpers.EnsureSufficientExecutionStack();
            if (BytesRead > _mostBytes)
                throw new InvalidDataException("its parts lead in circles.");
            if (_position < 0 || _position >= Length)
                return 0;
            try
            {
                _stream.Position = _position;
                int count = _stream.Read(buffer);
                _position += count;
                BytesRead += count;
                return count;
            }
            catch (Exception e)
            {
                Failure = ExceptionDispatchInfo.Capture(e);
                throw;
            }
        }

        public override long Seek(long offset, SeekOrigin origin) => _position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            _ => Length + offset,
        };

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
