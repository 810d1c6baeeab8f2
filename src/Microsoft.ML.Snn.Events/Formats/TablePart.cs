namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>One of the four numbers of an event.</summary>
internal enum EventPart
{
    Time = 0,
    X = 1,
    Y = 2,
    Polarity = 3,
}

/// <summary>Where in a record a part of an event is. The scale is that of a time whose unit is known.</summary>
internal readonly record struct TablePart(EventPart Part, TableNumber Number, int Offset, TimeScale? Scale = null)
{
    public void Read(ReadOnlySpan<byte> records, int stride, Span<long> values)
    {
        if (Scale is { } scale)
            Number.ReadTimes(records[Offset..], stride, values, scale);
        else
            Number.Read(records[Offset..], stride, values);
    }
}

/// <summary>The names by which events are stored.</summary>
internal static class EventPartNames
{
    /// <summary>The columns of a table without names, unless an option tells others.</summary>
    public const string TableColumns = "txyp";

    /// <summary>Those of ES-ImageNet's tables pos and neg: rows of pixels come before columns.</summary>
    public const string ColumnsOfOnePolarity = "yxt";

    public static EventPart? Find(string name) => name.ToLowerInvariant() switch
    {
        "t" or "ts" or "time" or "times" or "timestamp" or "timestamps" => EventPart.Time,
        "x" or "xs" => EventPart.X,
        "y" or "ys" => EventPart.Y,
        "p" or "ps" or "pol" or "polarity" or "polarities" or "on" => EventPart.Polarity,
        _ => null,
    };
}
