using System.Collections.Immutable;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>One of the four numbers of an event.</summary>
internal enum EventPart
{
    Time = 0,
    X = 1,
    Y = 2,
    Polarity = 3,
}

/// <summary>Where in a record a part of an event is.</summary>
internal readonly record struct NumPyPart(EventPart Part, NumPyNumber Number, int Offset);

/// <summary>Records read one after another, each with some or all parts of one event.</summary>
internal sealed record NumPySource(EventFileInput Input, int RecordSize, ImmutableArray<NumPyPart> Parts);

/// <summary>The names by which events are stored.</summary>
internal static class EventPartNames
{
    public static EventPart? Find(string name) => name.ToLowerInvariant() switch
    {
        "t" or "ts" or "time" or "times" or "timestamp" or "timestamps" => EventPart.Time,
        "x" or "xs" => EventPart.X,
        "y" or "ys" => EventPart.Y,
        "p" or "ps" or "pol" or "polarity" or "polarities" or "on" => EventPart.Polarity,
        _ => null,
    };
}
