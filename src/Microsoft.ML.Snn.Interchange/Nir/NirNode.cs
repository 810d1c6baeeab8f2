using PureHDF;
using PureHDF.VOL.Native;

namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>A node of a NIR graph, or its metadata: datasets by their names, read when they are asked for.</summary>
internal sealed class NirNode
{
    // Larger ones than these overflow what is computed of them.
    private const int MostOfPair = 1 << 24;

    private readonly NirFile _file;
    private readonly Dictionary<string, IH5Object> _parts;

    /// <param name="file">The file.</param>
    /// <param name="group">The node.</param>
    /// <param name="name">Its name.</param>
    /// <param name="hasMetadata">
    /// Whether its metadata are this library's. Those of others may have the same names and mean something else.
    /// </param>
    public NirNode(NirFile file, IH5Group group, string name, bool hasMetadata = false)
    {
        (_file, Name) = (file, name);
        _parts = file.Children(group, $"Node {name}");
        if (hasMetadata && _parts.GetValueOrDefault(NirNames.Metadata) is IH5Group metadata)
            Metadata = new(file, metadata, $"{name}, {NirNames.Metadata}");
    }

    public string Name { get; }

    /// <summary>Null where the node has none of this library.</summary>
    public NirNode? Metadata { get; }

    /// <summary>Whether a graph's metadata say that this library wrote it.</summary>
    public bool HasOwnMetadata => _parts.GetValueOrDefault(NirNames.Metadata) is IH5Group group
        && new NirNode(_file, group, $"{Name}, {NirNames.Metadata}") is var metadata
        && metadata._parts.GetValueOrDefault(NirNames.Producer) is NativeDataset && metadata.IsText(NirNames.Producer)
        && metadata.Texts(NirNames.Producer) is [var producer] && producer.StartsWith(NirNames.Library, StringComparison.Ordinal);

    public string Type => field ??= Text(NirNames.Type);

    public bool Has(string name) => _parts.ContainsKey(name);

    public IH5Group Group(string name) =>
        _parts.GetValueOrDefault(name) as IH5Group ?? throw Damaged($"it has no group '{name}'.");

    public bool IsText(string name) => Dataset(name).Type.Class is H5DataTypeClass.VariableLength or H5DataTypeClass.String;

    /// <exception cref="InvalidDataException">There is no text of that name.</exception>
    public string Text(string name) => Texts(name) is [string text] ? text : throw Damaged($"'{name}' is not one text.");

    /// <summary>Texts, row by row.</summary>
    public string[] Texts(string name)
    {
        NativeDataset dataset = Dataset(name);
        if (!IsText(name))
            throw Damaged($"'{name}' is no text.");
        return _file.ReadTexts(dataset, Describe(name));
    }

    /// <summary>The sizes of an array; empty for a scalar.</summary>
    public int[] Shape(string name) => _file.Shape(Dataset(name), Describe(name));

    /// <summary>Numbers as float32.</summary>
    public float[] Floats(string name)
    {
        NativeDataset dataset = Dataset(name);
        float[] values = dataset.Type is { Class: H5DataTypeClass.FloatingPoint, Size: sizeof(float) }
            ? _file.Read<float>(dataset, Describe(name), sizeof(float)) : Array.ConvertAll(Numbers(name), value => (float)value);
        int bad = Array.FindIndex(values, value => !float.IsFinite(value));
        return bad < 0 ? values : throw Damaged($"'{name}' is {values[bad]} at {bad}, which is no number of float32.");
    }

    /// <summary>Numbers as float64.</summary>
    public double[] Numbers(string name)
    {
        NativeDataset dataset = Dataset(name);
        string full = Describe(name);
        double[] values = (dataset.Type.Class, dataset.Type.Size) switch
        {
            (H5DataTypeClass.FloatingPoint, sizeof(double)) => _file.Read<double>(dataset, full, sizeof(double)),
            (H5DataTypeClass.FloatingPoint, sizeof(float)) => Convert<float>(value => value, sizeof(float)),
            (H5DataTypeClass.FixedPoint, var size) when dataset.Type.FixedPoint.IsSigned => size switch
            {
                sizeof(long) => Convert<long>(value => value, size),
                sizeof(int) => Convert<int>(value => value, size),
                sizeof(short) => Convert<short>(value => value, size),
                sizeof(sbyte) => Convert<sbyte>(value => value, size),
                _ => throw Unread("whole numbers", size),
            },
            (H5DataTypeClass.FixedPoint, var size) => size switch
            {
                sizeof(ulong) => Convert<ulong>(value => value, size),
                sizeof(uint) => Convert<uint>(value => value, size),
                sizeof(ushort) => Convert<ushort>(value => value, size),
                sizeof(byte) => Convert<byte>(value => value, size),
                _ => throw Unread("whole numbers", size),
            },
            (H5DataTypeClass.FloatingPoint, var size) => throw Unread("floating-point numbers", size),
            var (kind, size) => throw Damaged($"'{name}' has {kind} values of {size} bytes, not numbers."),
        };
        return Array.TrueForAll(values, double.IsFinite) ? values : throw Damaged($"'{name}' is not all finite numbers.");

        NotSupportedException Unread(string kind, int size) => Refuse(
            $"'{name}' has {kind} of {size} bytes. Write it as float32, float64 or whole numbers of 1, 2, 4 or 8 bytes.");

        double[] Convert<T>(Converter<T, double> convert, int size) => Array.ConvertAll(_file.Read<T>(dataset, full, size), convert);
    }

    /// <summary>Whole numbers from -1 to int.MaxValue.</summary>
    public int[] Integers(string name)
    {
        double[] numbers = Numbers(name);
        return Array.TrueForAll(numbers, number => number is >= -1 and <= int.MaxValue && number == Math.Floor(number))
            ? Array.ConvertAll(numbers, number => (int)number) : throw Damaged($"'{name}' is not whole numbers from 0.");
    }

    public int Integer(string name) => Integers(name) is [int value] ? value : throw Damaged($"'{name}' is not one number.");

    /// <summary>One number for both axes, or one for each: height, width.</summary>
    /// <param name="name">The dataset.</param>
    /// <param name="least">The least that it may be.</param>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    /// <exception cref="NotSupportedException">It is larger than any that is run.</exception>
    public (int Y, int X) Pair(string name, int least)
    {
        (int Y, int X) pair = Integers(name) switch
        {
            [int both] => (both, both),
            [int y, int x] => (y, x),
            _ => throw Damaged($"'{name}' is neither one number nor two."),
        };
        if (pair.Y < least || pair.X < least)
            throw Damaged($"'{name}' is {pair}, and at least {least} is needed.");
        return pair is { Y: <= MostOfPair, X: <= MostOfPair } ? pair : throw Refuse($"its '{name}' {pair} is too large.");
    }

    /// <summary>Counts what is about to be made of the file's values, by this node and all others.</summary>
    /// <param name="values">Number of values.</param>
    /// <param name="work">Products that are computed for them.</param>
    /// <param name="what">What has them, for the message.</param>
    /// <exception cref="NotSupportedException">There are too many.</exception>
    public void Make(Int128 values, Int128 work, string what)
    {
        if (!_file.Budget.TryMake(values) || !_file.Budget.TryWork(work))
        {
            throw Refuse(
                $"{what} is too large: all nodes together may make {_file.Budget.MostValues} values of those that the file has. Give the "
                + "network fewer channels, smaller kernels or fewer linear nodes in a row.");
        }
    }

    public InvalidDataException Damaged(string what) => new($"Node {Name}: {what}");

    public NotSupportedException Refuse(string what) => new($"Node {Name} ({Type}) cannot be run: {what}");

    private NativeDataset Dataset(string name) =>
        _parts.GetValueOrDefault(name) as NativeDataset ?? throw Damaged($"it has no dataset '{name}'.");

    private string Describe(string name) => $"'{name}' of node {Name}";
}
