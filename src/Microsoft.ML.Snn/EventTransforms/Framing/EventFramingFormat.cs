namespace Microsoft.ML.Snn.EventTransforms.Framing;

/// <summary>An <see cref="EventFraming"/> in a model zip.</summary>
internal static class EventFramingFormat
{
    public static void Write(EventFraming framing, BinaryWriter writer)
    {
        EventFramingOptions options = framing.Options;
        EventSlicing slicing = options.Slicing;
        writer.Write(options.Height);
        writer.Write(options.Width);
        writer.Write(framing.SensorHeight);
        writer.Write(framing.SensorWidth);
        writer.Write(options.TimeSteps);
        writer.Write((int)options.Accumulation.Kind);
        if (options.Accumulation.TimeConstant is { } constant)
            WriteTime(writer, constant);
        writer.Write(options.MergePolarity);
        writer.Write((int)slicing.Kind);
        switch (slicing.Kind)
        {
            case EventSlicingKind.FixedCount:
                writer.Write(slicing.Events!.Value);
                break;
            case EventSlicingKind.FixedDuration:
                WriteTime(writer, slicing.Duration!.Value);
                break;
            case EventSlicingKind.AtTimes:
                writer.Write(slicing.Times.Count);
                foreach (TimeSpan time in slicing.Times)
                    WriteTime(writer, time);
                break;
        }
        EventFilterFormat.Write(options.Filters, writer);
    }

    /// <exception cref="InvalidDataException">The data is damaged.</exception>
    public static EventFraming Read(BinaryReader reader)
    {
        try
        {
            return new EventFraming(new()
            {
                Height = reader.ReadInt32(),
                Width = reader.ReadInt32(),
                SensorHeight = reader.ReadInt32(),
                SensorWidth = reader.ReadInt32(),
                TimeSteps = reader.ReadInt32(),
                Accumulation = ReadAccumulation(reader),
                MergePolarity = reader.ReadBoolean(),
                Slicing = ReadSlicing(reader),
                Filters = EventFilterFormat.Read(reader),
            });
        }
        catch (Exception e) when (e is ArgumentException or OverflowException or EndOfStreamException)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    private static EventAccumulation ReadAccumulation(BinaryReader reader)
    {
        var kind = (EventAccumulationKind)reader.ReadInt32();
        return kind switch
        {
            EventAccumulationKind.Sum => EventAccumulation.Sum,
            EventAccumulationKind.Binary => EventAccumulation.Binary,
            EventAccumulationKind.VoxelGrid => EventAccumulation.VoxelGrid,
            EventAccumulationKind.TimeSurface => EventAccumulation.TimeSurface(ReadTime(reader)),
            _ => throw new InvalidDataException($"There is no accumulation of the kind {kind}."),
        };
    }

    private static EventSlicing ReadSlicing(BinaryReader reader)
    {
        var kind = (EventSlicingKind)reader.ReadInt32();
        return kind switch
        {
            EventSlicingKind.EqualCount => EventSlicing.EqualCount,
            EventSlicingKind.EqualDuration => EventSlicing.EqualDuration,
            EventSlicingKind.FixedCount => EventSlicing.FixedCount(reader.ReadInt32()),
            EventSlicingKind.FixedDuration => EventSlicing.FixedDuration(ReadTime(reader)),
            EventSlicingKind.AtTimes => EventSlicing.AtTimes([.. ReadTimes(reader)]),
            _ => throw new InvalidDataException($"There is no slicing of the kind {kind}."),
        };
    }

    // A list, not an array: the number is not to be believed before the times are there.
    private static List<TimeSpan> ReadTimes(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        List<TimeSpan> times = [];
        while (times.Count < count)
            times.Add(ReadTime(reader));
        return times;
    }

    private static void WriteTime(BinaryWriter writer, TimeSpan time) => writer.Write(time.Ticks / TimeSpan.TicksPerMicrosecond);

    private static TimeSpan ReadTime(BinaryReader reader) => TimeSpan.FromMicroseconds(reader.ReadInt64());
}
