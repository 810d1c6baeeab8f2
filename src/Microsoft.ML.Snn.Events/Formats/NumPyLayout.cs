using System.Collections.Immutable;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>Events in arrays: their parts, and their number.</summary>
internal sealed record NumPyTable(ImmutableArray<NumPySource> Sources, long Count);

/// <summary>Finds the parts of events in NumPy arrays.</summary>
internal sealed class NumPyLayout(EventReadOptions options)
{
    private readonly TimeScale? _unit = TimeScale.Of(options.TimeUnit);

    /// <summary>Events in one array; <paramref name="open"/> opens it once more, at a position.</summary>
    public NumPyTable Find(EventFileInput input, Func<long, EventFileInput> open)
    {
        long start = input.Position;
        NumPyHeader header = NumPyHeader.Read(input);
        if (header.IsPlain)
            return FindInTable(input, header, open, input.Position - start, options.Columns ?? EventPartNames.TableColumns);
        ImmutableArray<TablePart> parts = PartsOf(header, input.Name);
        if (!AreComplete(parts.Select(part => part.Part)))
        {
            throw new NotSupportedException(
                $"{input.Name}: its fields are {string.Join(", ", header.Fields.Select(f => f.Name))}; "
                + "needed are numbers t, x, y and p, each once.");
        }
        if (header.Shape.Length != 1)
            throw Unsupported(input.Name, header);
        return new([new(input, header.ElementSize, parts)], header.Shape[0]);
    }

    /// <summary>Events of one polarity in a table without it: the columns are those of the option but p, or ES-ImageNet's.</summary>
    public NumPyTable FindOfOnePolarity(EventFileInput input, Func<long, EventFileInput> open)
    {
        string columns = options.Columns?.Replace("p", "", StringComparison.Ordinal) ?? EventPartNames.ColumnsOfOnePolarity;
        NumPyHeader header = NumPyHeader.Read(input);
        return header.IsPlain ? FindInTable(input, header, open, input.Position, columns) : throw Unsupported(input.Name, header);
    }

    /// <summary>Events in four arrays of an archive.</summary>
    public NumPyTable Find(NumPyArchive archive, IReadOnlyDictionary<EventPart, string> arrays)
    {
        var sources = ImmutableArray.CreateBuilder<NumPySource>();
        long? count = null;
        foreach ((EventPart part, string name) in arrays)
        {
            EventFileInput input = archive.Open(name, 0);
            NumPyHeader header = NumPyHeader.Read(input);
            if (!header.IsPlain || header.Shape.Length != 1)
                throw Unsupported(input.Name, header);
            if (header.Shape[0] != (count ??= header.Shape[0]))
                throw new InvalidDataException($"{name} has {header.Shape[0]} elements where another array has {count}.");
            TableNumber number = header.Fields[0].Number;
            sources.Add(new(input, number.Size, [CreatePart(part, number, 0, input.Name)]));
        }
        return new(sources.ToImmutable(), count!.Value);
    }

    /// <summary>Whether an array's elements are structures with all parts of an event.</summary>
    public static bool HasNamedParts(NumPyHeader header) => !header.IsPlain && header.Shape.Length == 1
        && AreComplete(header.Fields.Select(field => EventPartNames.Find(field.Name)).OfType<EventPart>());

    private static bool AreComplete(IEnumerable<EventPart> parts) => parts.Order().SequenceEqual(Enum.GetValues<EventPart>());

    private static NotSupportedException Unsupported(string name, NumPyHeader header) =>
        new($"{name}: an array of shape [{string.Join(", ", header.Shape)}] is not an event array; "
            + "needed are one structure an event, or a table of four columns."
            + (header.Shape.Length == 4 ? " Events that are frames already cannot be taken apart again." : ""));

    private ImmutableArray<TablePart> PartsOf(NumPyHeader header, string file) =>
    [
        .. from field in header.Fields
           let part = EventPartNames.Find(field.Name)
           where part is not null
           select CreatePart(part.Value, field.Number, field.Offset, file),
    ];

    private TablePart CreatePart(EventPart part, TableNumber number, int offset, string file)
    {
        if (part != EventPart.Time)
        {
            return number.IsTime
                ? throw new NotSupportedException($"{file}: its {part} is of NumPy's type for times, {number.Kind}8; needed are numbers.")
                : new(part, number, offset);
        }
        if (number.IsTime && (number.Unit ?? _unit) is null)
        {
            throw new NotSupportedException(
                $"{file}: its times, of the type {number.Kind}8, tell no unit; name it by the option {nameof(EventReadOptions.TimeUnit)}.");
        }
        return new(part, number, offset, number.Unit ?? _unit);
    }

    private NumPyTable FindInTable(
        EventFileInput input, NumPyHeader header, Func<long, EventFileInput> open, long dataStart, string columns)
    {
        TableNumber number = header.Fields[0].Number;
        EventPart[] order = [.. columns.Select(letter => EventPartNames.Find(letter.ToString())!.Value)];
        int size = number.Size;
        int width = order.Length;
        if (header.Shape is [var rows, var n] && n == width && !header.IsFortranOrder)
            return new([new(input, width * size, [.. order.Select((part, i) => CreatePart(part, number, i * size, input.Name))])], rows);
        // One part after the other: rows in C order, columns in Fortran order.
        long count = header switch
        {
            { Shape: [var length, var parts], IsFortranOrder: true } when parts == width => length,
            { Shape: [var parts, var length], IsFortranOrder: false } when parts == width => length,
            _ => throw Unsupported(input.Name, header),
        };
        if (count > long.MaxValue / (width * size) - dataStart)
            throw new InvalidDataException($"an array of {count} events is impossible.");
        return new(
            [
                .. order.Select((part, i) => new NumPySource(
                    open(dataStart + i * count * size), size, [CreatePart(part, number, 0, input.Name)])),
            ], count);
    }
}
