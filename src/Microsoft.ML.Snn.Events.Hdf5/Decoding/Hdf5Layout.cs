using System.Collections.Immutable;
using Microsoft.ML.Snn.Events.Formats;
using Microsoft.ML.Snn.Events.Hdf5.Files;
using PureHDF;
using PureHDF.VOL.Native;

namespace Microsoft.ML.Snn.Events.Hdf5.Decoding;

/// <summary>Finds the events in an HDF5 file.</summary>
internal sealed class Hdf5Layout
{
    private const string Offset = "t_offset";

    /// <summary>Where events are, most particular first: Prophesee's dataset; a group or dataset of that name; arrays at the top.</summary>
    private static readonly string[] _places = ["CD/events", "events", "/"];

    private readonly EventFileInput _input;
    private readonly EventReadOptions _options;
    private readonly TimeScale? _unit;
    private readonly Hdf5Container _container;

    private Hdf5Layout(EventFileInput input, EventReadOptions options, Hdf5Container container)
    {
        _input = input;
        _options = options;
        _container = container;
        _unit = TimeScale.Of(options.TimeUnit);
    }

    public static EventDecoder Open(EventFileInput input, EventReadOptions options)
    {
        var container = new Hdf5Container(input);
        try
        {
            return new Hdf5Layout(input, options, container).Find();
        }
        catch
        {
            container.Dispose();
            throw;
        }
    }

    private Hdf5Decoder Find()
    {
        if (_options.ArrayName is { } name)
        {
            return TryOpen(name, mayBeTable: true) ?? throw Refuse(_container.Find(name) is null
                ? $"has no group or dataset '{name}'" : $"has no events in '{name}': needed are t, x, y and p, or a table of four columns");
        }
        foreach (string place in _places)
        {
            if (TryOpen(place, mayBeTable: false) is { } decoder)
                return decoder;
        }
        throw Refuse("has none of the layouts of events that are known");
    }

    private Hdf5Decoder? TryOpen(string path, bool mayBeTable) => _container.Find(path) switch
    {
        NativeDataset dataset when dataset.Type.Class == H5DataTypeClass.Compound => OpenStructures(dataset, path),
        NativeDataset dataset when mayBeTable => OpenTable(dataset, path),
        IH5Group group => OpenArrays(group, path),
        _ => null,
    };

    private Hdf5Decoder? OpenStructures(NativeDataset dataset, string path)
    {
        ImmutableArray<TablePart> parts =
        [
            .. from member in dataset.Type.Compound.Members
               let part = EventPartNames.Find(member.Name)
               where part is not null
               select CreatePart(part.Value, NumberOf(member.Type, $"{path}, {member.Name}"), member.Offset),
        ];
        if (parts.Length != 4 || parts.DistinctBy(part => part.Part).Count() != 4 || dataset.Space.Rank != 1)
            return null;
        if (parts.Any(part => part.Offset < 0 || part.Offset > dataset.Type.Size - part.Number.Size))
            throw new InvalidDataException($"the members of {path} lie outside of it.");
        return new(_input, _container, [CreateSource(dataset, path, parts)], 0);
    }

    private Hdf5Decoder? OpenTable(NativeDataset dataset, string path)
    {
        if (dataset.Space.Rank != 2 || dataset.Space.Dimensions[1] != 4)
            return null;
        TableNumber number = NumberOf(dataset.Type, path);
        EventPart[] order =
            [.. (_options.Columns ?? EventPartNames.TableColumns).Select(letter => EventPartNames.Find(letter.ToString())!.Value)];
        return new(
            _input, _container,
            [CreateSource(dataset, path, [.. order.Select((part, i) => CreatePart(part, number, i * number.Size))])], 0);
    }

    private Hdf5Decoder? OpenArrays(IH5Group group, string path)
    {
        var sources = new Dictionary<EventPart, Hdf5Source>();
        foreach (IH5Object child in _container.Run(() => group.Children().ToArray()))
        {
            if (child is not NativeDataset dataset || EventPartNames.Find(dataset.Name) is not { } part || dataset.Space.Rank != 1)
                continue;
            string name = $"{path.TrimEnd('/')}/{dataset.Name}";
            TableNumber number = NumberOf(dataset.Type, name);
            if (!sources.TryAdd(part, CreateSource(dataset, name, [CreatePart(part, number, 0)])))
                throw new NotSupportedException($"{_input.Name}: in {path}, more than one dataset could hold the {part} of events.");
        }
        if (sources.Count != 4)
            return null;
        if (sources.Values.DistinctBy(source => source.Count).Count() > 1)
            throw new InvalidDataException($"the datasets in {path} have different lengths.");
        return new(_input, _container, [.. sources.Values], ReadOffset(path));
    }

    /// <summary>DSEC has beside its group of events what is to be added to their times.</summary>
    private long ReadOffset(string path)
    {
        int parentLength = path.TrimEnd('/').LastIndexOf('/');
        string beside = parentLength < 0 ? Offset : $"{path[..parentLength]}/{Offset}";
        if (path.Trim('/').Length == 0 || _container.Find(beside) is not NativeDataset dataset)
            return 0;
        if (dataset.Type is not { Class: H5DataTypeClass.FixedPoint, Size: 8 } || dataset.Space.Rank != 0)
            throw new NotSupportedException($"{_input.Name}: {Offset} is not a whole number of 64 bits.");
        long offset = _container.Run(() => dataset.Read<long>());
        offset = _unit?.ToMicroseconds(offset) ?? offset;
        return offset is >= -EventDecoder.LatestTime and <= EventDecoder.LatestTime
            ? offset : throw new InvalidDataException($"{Offset} is {offset}, later than any event.");
    }

    private Hdf5Source CreateSource(NativeDataset dataset, string path, ImmutableArray<TablePart> parts) =>
        new(_container, dataset, $"{_input.Name}, {path}", parts);

    private TablePart CreatePart(EventPart part, TableNumber number, int offset) =>
        new(part, number, offset, part == EventPart.Time ? _unit : null);

    private TableNumber NumberOf(IH5DataType type, string name)
    {
        // h5py's truth values are an enumeration of bytes.
        IH5DataType plain = type.Class == H5DataTypeClass.Enumerated ? type.Enumeration.BaseType : type;
        char kind = plain.Class switch
        {
            H5DataTypeClass.FixedPoint => plain.FixedPoint.IsSigned ? 'i' : 'u',
            H5DataTypeClass.FloatingPoint => 'f',
            _ => '?',
        };
        var number = new TableNumber(kind, type.Size, IsBigEndian: false);
        return number.IsReadable ? number : throw new NotSupportedException(
            $"{_input.Name}: {name} is of the type {type.Class} of {type.Size} bytes; needed are whole numbers of 1, 2, 4 or 8 bytes, or "
            + "floats of 4 or 8.");
    }

    private NotSupportedException Refuse(string what) => new(
        $"{_input.Name} {what}. It holds {string.Join(", ", _container.ListNames())}; the group or dataset of the events can be named by "
        + $"the option {nameof(EventReadOptions.ArrayName)}.");
}
