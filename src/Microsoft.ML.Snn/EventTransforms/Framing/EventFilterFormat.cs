using System.Drawing;
namespace Microsoft.ML.Snn.EventTransforms.Framing;

/// <summary>The filters of an <see cref="EventFraming"/> in a model zip.</summary>
internal static class EventFilterFormat
{
    public static void Write(IReadOnlyList<EventFilter> filters, BinaryWriter writer)
    {
        writer.Write(filters.Count);
        foreach (EventFilter filter in filters)
            Write(filter, writer);
    }

    /// <exception cref="Exception">As of the factories and of <paramref name="reader"/>, where the data is damaged.</exception>
    public static IReadOnlyList<EventFilter> Read(BinaryReader reader)
    {
        // A list, not an array: the number is not to be believed before the filters are there.
        int count = reader.ReadInt32();
        List<EventFilter> filters = [];
        while (filters.Count < count)
            filters.Add(ReadOne(reader));
        return filters;
    }

    private static void Write(EventFilter filter, BinaryWriter writer)
    {
        writer.Write((int)filter.Kind);
        switch (filter.Kind)
        {
            case EventFilterKind.BackgroundActivity or EventFilterKind.RefractoryPeriod:
                writer.Write(filter.Duration!.Value.Ticks / TimeSpan.TicksPerMicrosecond);
                break;
            case EventFilterKind.HotPixels:
                writer.Write(filter.Pixels.Count);
                foreach (Point pixel in filter.Pixels)
                {
                    writer.Write(pixel.X);
                    writer.Write(pixel.Y);
                }
                break;
            case EventFilterKind.HotPixelsAbove:
                writer.Write(filter.MaxEventsPerSecond!.Value);
                break;
            case EventFilterKind.Crop:
                (int left, int top, int width, int height) = filter.Rectangle!.Value;
                writer.Write(left);
                writer.Write(top);
                writer.Write(width);
                writer.Write(height);
                break;
        }
    }

    private static EventFilter ReadOne(BinaryReader reader)
    {
        var kind = (EventFilterKind)reader.ReadInt32();
        return kind switch
        {
            EventFilterKind.BackgroundActivity => EventFilter.BackgroundActivity(ReadTime(reader)),
            EventFilterKind.RefractoryPeriod => EventFilter.RefractoryPeriod(ReadTime(reader)),
            EventFilterKind.HotPixels => EventFilter.HotPixels([.. ReadPixels(reader)]),
            EventFilterKind.HotPixelsAbove => EventFilter.HotPixelsAbove(reader.ReadDouble()),
            EventFilterKind.Crop => EventFilter.Crop(reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32()),
            EventFilterKind.FlipHorizontal => EventFilter.FlipHorizontal,
            EventFilterKind.FlipVertical => EventFilter.FlipVertical,
            _ => throw new InvalidDataException($"There is no event filter of the kind {kind}."),
        };
    }

    private static List<Point> ReadPixels(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        List<Point> pixels = [];
        while (pixels.Count < count)
            pixels.Add(new(reader.ReadInt32(), reader.ReadInt32()));
        return pixels;
    }

    private static TimeSpan ReadTime(BinaryReader reader) => TimeSpan.FromMicroseconds(reader.ReadInt64());
}
