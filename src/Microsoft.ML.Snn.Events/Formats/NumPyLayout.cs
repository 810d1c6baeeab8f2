using System.Collections.Immutable;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>Finds the parts of events in NumPy arrays.</summary>
internal static class NumPyLayout
{
    /// <summary>In the one array of an .npy file; <paramref name="open"/> opens it once more, at a position.</summary>
    public static (ImmutableArray<NumPySource> Sources, long Count) Find(
        EventFileInput input, Func<long, EventFileInput> open, string columns)
    {
        long start = input.Position;
        NumPyHeader header = NumPyHeader.Read(input);
        if (header.Fields is [{ Name: "" } field] && header.ElementSize == field.Number.Size)
            return FindInTable(input, header, field.Number, open, input.Position - start, columns);
        ImmutableArray<NumPyPart> parts =
        [
            .. from named in header.Fields
               let part = EventPartNames.Find(named.Name)
               where part is not null
               select new NumPyPart(part.Value, named.Number, named.Offset),
        ];
        if (!AreComplete(parts))
        {
            throw new NotSupportedException(
                $"{input.Name}: its fields are {string.Join(", ", header.Fields.Select(f => f.Name))}; "
                + "needed are numbers t, x, y and p, each once.");
        }
        if (header.Shape.Length != 1)
            throw Unsupported(input.Name, header);
        return ([new(input, header.ElementSize, parts)], header.Shape[0]);
    }

    /// <summary>In an .npz archive: four arrays named after the parts, or one array for all.</summary>
    public static (ImmutableArray<NumPySource> Sources, long Count) Find(NumPyArchive archive, string file, string columns)
    {
        string[] names = [.. archive.Names];
        var named = new Dictionary<EventPart, string>();
        foreach (string name in names)
        {
            if (EventPartNames.Find(Path.GetFileNameWithoutExtension(name)) is { } part && !named.TryAdd(part, name))
                throw new NotSupportedException($"{file}: both {named[part]} and {name} could hold the same part of the events.");
        }
        if (named.Count == 4)
            return FindInArrays(archive, file, named);
        if (names.Length == 1)
            return Find(archive.Open(names[0], 0), position => archive.Open(names[0], position), columns);
        throw new NotSupportedException(
            $"{file}: it holds the arrays {string.Join(", ", names)}; needed are t, x, y and p, or one array for all.");
    }

    private static (ImmutableArray<NumPySource> Sources, long Count) FindInArrays(
        NumPyArchive archive, string file, Dictionary<EventPart, string> named)
    {
        var sources = ImmutableArray.CreateBuilder<NumPySource>();
        long? count = null;
        foreach ((EventPart part, string name) in named)
        {
            EventFileInput input = archive.Open(name, 0);
            NumPyHeader header = NumPyHeader.Read(input);
            if (header.Fields is not [{ Name: "" } field] || header.ElementSize != field.Number.Size || header.Shape.Length != 1)
                throw Unsupported(input.Name, header);
            if (header.Shape[0] != (count ??= header.Shape[0]))
                throw new InvalidDataException($"{name} has {header.Shape[0]} elements where another array has {count}.");
            sources.Add(new(input, field.Number.Size, [new(part, field.Number, 0)]));
        }
        return (sources.ToImmutable(), count!.Value);
    }

    private static (ImmutableArray<NumPySource> Sources, long Count) FindInTable(
        EventFileInput input, NumPyHeader header, NumPyNumber number, Func<long, EventFileInput> open, long dataStart, string columns)
    {
        EventPart[] order = [.. columns.Select(letter => EventPartNames.Find(letter.ToString())!.Value)];
        int size = number.Size;
        if (header.Shape is [var rows, 4] && !header.IsFortranOrder)
            return ([new(input, 4 * size, [.. order.Select((part, i) => new NumPyPart(part, number, i * size))])], rows);
        // One part after the other: rows in C order, columns in Fortran order.
        long count = header switch
        {
            { Shape: [var n, 4], IsFortranOrder: true } => n,
            { Shape: [4, var n], IsFortranOrder: false } => n,
            _ => throw Unsupported(input.Name, header),
        };
        if (count > long.MaxValue / (4 * size) - dataStart)
            throw new InvalidDataException($"an array of {count} events is impossible.");
        return ([.. order.Select((part, i) => new NumPySource(open(dataStart + i * count * size), size, [new(part, number, 0)]))], count);
    }

    private static bool AreComplete(ImmutableArray<NumPyPart> parts) =>
        parts.Length == 4 && parts.Select(part => part.Part).Distinct().Count() == 4;

    private static NotSupportedException Unsupported(string name, NumPyHeader header) =>
        new($"{name}: an array of shape [{string.Join(", ", header.Shape)}] is not an event array; "
            + "needed are one structure an event, or a table of four columns.");
}
