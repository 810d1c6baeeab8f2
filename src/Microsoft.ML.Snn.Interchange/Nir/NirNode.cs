using PureHDF;
using PureHDF.VOL.Native;

namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>A node of a NIR graph, or its metadata: datasets by their names, read when they are asked for.</summary>
internal sealed class NirNode
{
    private readonly NirFile _file;
    private readonly Dictionary<string, IH5Object> _parts;

    /// <param name="file">The file.</param>
    /// <param name="group">The node.</param>
    /// <param name="name">Its name.</param>
    public NirNode(NirFile file, IH5Group group, string name)
    {
        (_file, Name) = (file, name);
        _parts = file.Children(group, $"Node {name}");
    }

    public string Name { get; }

    /// <summary>Null where the node has none.</summary>
    public NirNode? Metadata => field ??=
        _parts.GetValueOrDefault(NirNames.Metadata) is IH5Group group ? new(_file, group, $"{Name}, {NirNames.Metadata}") : null;

    public string Type => field ??= Text(NirNames.Type);

    public bool Has(string name) => _parts.ContainsKey(name);

    public IH5Group Group(string name) =>
        _parts.GetValueOrDefault(name) as IH5Group ?? throw Damaged($"it has no group '{name}'.");

    public bool IsText(string name) => Dataset(name).Type.Class is H5DataTypeClass.VariableLength or H5DataTypeClass.String;

    /// <exception cref="InvalidDataException">There is no text of that name.</exception>
    public string Text(string name) => Texts(name) is [string text] ? text : throw Damaged($"'{name}' is not one text.");

    /// <summary>Texts of any shape, row-major.</summary>
    public string[] Texts(string name)
    {
        NativeDataset dataset = Dataset(name);
        if (!IsText(name))
            throw Damaged($"'{name}' is no text.");
        string[] texts = _file.Read<string>(dataset, Describe(name), sizeof(int));
        return Array.IndexOf(texts, null) < 0 ? texts : throw Damaged($"'{name}' has a text that is not there.");
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
            (H5DataTypeClass.FixedPoint, sizeof(long)) => Convert<long>(value => value, sizeof(long)),
            (H5DataTypeClass.FixedPoint, sizeof(int)) => Convert<int>(value => value, sizeof(int)),
            (H5DataTypeClass.FixedPoint, sizeof(short)) => Convert<short>(value => value, sizeof(short)),
            (H5DataTypeClass.FixedPoint, sizeof(byte)) => Convert<sbyte>(value => value, sizeof(byte)),
            var (kind, size) => throw Damaged($"'{name}' has {kind} values of {size} bytes, not numbers."),
        };
        return Array.TrueForAll(values, double.IsFinite) ? values : throw Damaged($"'{name}' is not all finite numbers.");

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
    public (int Y, int X) Pair(string name, int least)
    {
        (int Y, int X) pair = Integers(name) switch
        {
            [int both] => (both, both),
            [int y, int x] => (y, x),
            _ => throw Damaged($"'{name}' is neither one number nor two."),
        };
        return pair.Y >= least && pair.X >= least ? pair : throw Damaged($"'{name}' is {pair}, and at least {least} is needed.");
    }

    public InvalidDataException Damaged(string what) => new($"Node {Name}: {what}");

    public NotSupportedException Refuse(string what) => new($"Node {Name} ({Type}) cannot be run: {what}");

    private NativeDataset Dataset(string name) =>
        _parts.GetValueOrDefault(name) as NativeDataset ?? throw Damaged($"it has no dataset '{name}'.");

    private string Describe(string name) => $"'{name}' of node {Name}";
}
