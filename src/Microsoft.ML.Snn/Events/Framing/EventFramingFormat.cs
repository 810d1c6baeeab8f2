namespace Microsoft.ML.Snn;

/// <summary>An <see cref="EventFraming"/> in a model zip.</summary>
internal static class EventFramingFormat
{
    public static void Write(EventFraming framing, BinaryWriter writer)
    {
        writer.Write(framing.Height);
        writer.Write(framing.Width);
        writer.Write(framing.SensorHeight);
        writer.Write(framing.SensorWidth);
        writer.Write(framing.TimeSteps);
        writer.Write((int)framing.Slicing);
        writer.Write((int)framing.Accumulation);
        writer.Write(framing.MergePolarity);
        writer.Write(framing.SliceEvents);
        writer.Write(framing.SliceDuration);
        writer.Write(framing.SliceTimes.Count);
        foreach (long time in framing.SliceTimes)
            writer.Write(time);
    }

    /// <exception cref="InvalidDataException">The data is damaged.</exception>
    public static EventFraming Read(BinaryReader reader)
    {
        try
        {
            var options = new EventFramingEstimator.Options
            {
                Height = reader.ReadInt32(),
                Width = reader.ReadInt32(),
                SensorHeight = reader.ReadInt32(),
                SensorWidth = reader.ReadInt32(),
                TimeSteps = reader.ReadInt32(),
                Slicing = (EventSlicing)reader.ReadInt32(),
                Accumulation = (EventAccumulation)reader.ReadInt32(),
                MergePolarity = reader.ReadBoolean(),
                SliceEvents = reader.ReadInt32() is not 0 and var events ? events : null,
                SliceDuration = reader.ReadInt64() is not 0 and var duration ? TimeSpan.FromMicroseconds(duration) : null,
            };
            int times = reader.ReadInt32();
            if (options.Slicing == EventSlicing.AtTimes)
            {
                // A list, not an array: the number is not to be believed before the times are there.
                List<TimeSpan> list = [];
                while (list.Count < times)
                    list.Add(TimeSpan.FromMicroseconds(reader.ReadInt64()));
                options.SliceTimes = [.. list];
            }
            return new EventFraming(options);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException or EndOfStreamException)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }
}
