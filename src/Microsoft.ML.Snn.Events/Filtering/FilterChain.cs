using Microsoft.ML.Snn.Events.Snapshots;

namespace Microsoft.ML.Snn.Events.Filtering;

/// <summary>Filters at work, one after another, on one recording or stream.</summary>
internal sealed class FilterChain
{
    private readonly SensorSize _sensor;
    private readonly FilterStage[] _stages;

    /// <exception cref="ArgumentException">A crop reaches beyond the sensor, or the sensor is too large.</exception>
    public FilterChain(IEnumerable<EventFilter> filters, SensorSize sensor)
    {
        _sensor = sensor;
        List<FilterStage> stages = [];
        foreach (EventFilter filter in filters)
        {
            SensorSize left = Left(filter, sensor);
            stages.Add(Create(filter, sensor, left));
            sensor = left;
        }
        _stages = [.. stages];
    }

    /// <summary>The sensor that filters leave of one.</summary>
    /// <exception cref="ArgumentException">A crop reaches beyond it, or it is too large.</exception>
    public static SensorSize Left(IEnumerable<EventFilter> filters, SensorSize sensor) =>
        filters.Aggregate(sensor, (size, filter) => Left(filter, size));

    /// <summary>Filters a whole recording.</summary>
    /// <param name="events">All events.</param>
    /// <param name="kept">Where to put what is left; as long as <paramref name="events"/>.</param>
    /// <param name="outside">The number of events outside the sensor, which are left out.</param>
    /// <returns>The number of events that are left.</returns>
    public int Apply(ReadOnlySpan<PolarityEvent> events, Span<PolarityEvent> kept, out int outside)
    {
        int count = 0;
        foreach (ref readonly PolarityEvent e in events)
        {
            if (_sensor.Contains(e))
                kept[count++] = e;
        }
        outside = events.Length - count;
        foreach (FilterStage stage in _stages)
        {
            Span<PolarityEvent> all = kept[..count];
            stage.Survey(all);
            count = 0;
            foreach (PolarityEvent e in all)
            {
                PolarityEvent next = e;
                if (stage.Keep(ref next))
                    kept[count++] = next;
            }
        }
        return count;
    }

    /// <summary>Takes the next event of a stream, which may be moved to another pixel.</summary>
    /// <returns>Whether it is kept.</returns>
    public bool Keep(ref PolarityEvent e)
    {
        foreach (FilterStage stage in _stages)
        {
            if (!stage.Keep(ref e))
                return false;
        }
        return true;
    }

    /// <summary>Whether an event lies on the sensor: the others must not be given to <see cref="Keep"/>.</summary>
    public bool Contains(in PolarityEvent e) => _sensor.Contains(e);

    public void Reset()
    {
        foreach (FilterStage stage in _stages)
            stage.Reset();
    }

    public void Save(SnapshotWriter writer)
    {
        foreach (FilterStage stage in _stages)
            stage.Save(writer);
    }

    public void Restore(SnapshotReader reader)
    {
        foreach (FilterStage stage in _stages)
            stage.Restore(reader);
    }

    private static SensorSize Left(EventFilter filter, SensorSize sensor)
    {
        // With the border that one of the stages gives it.
        if ((sensor.Height + 2L) * (sensor.Width + 2L) > Array.MaxLength)
        {
            throw new ArgumentException(
                $"A sensor of {sensor.Height} x {sensor.Width} pixels (height x width) is too large to filter.", nameof(filter));
        }
        if (filter.Rectangle is not var (left, top, width, height))
            return sensor;
        if ((long)left + width > sensor.Width || (long)top + height > sensor.Height)
        {
            throw new ArgumentException(
                $"The filter {filter} (left, top, width, height) reaches beyond the sensor of {sensor.Height} x {sensor.Width} pixels "
                + "(height x width).", nameof(filter));
        }
        return new(height, width);
    }

    private static FilterStage Create(EventFilter filter, SensorSize sensor, SensorSize left) => filter.Kind switch
    {
        EventFilterKind.BackgroundActivity => new BackgroundActivityStage(sensor, Microseconds(filter)),
        EventFilterKind.RefractoryPeriod => new RefractoryPeriodStage(sensor, Microseconds(filter)),
        EventFilterKind.HotPixels or EventFilterKind.HotPixelsAbove =>
            new HotPixelStage(filter.Pixels, filter.MaxEventsPerSecond),
        EventFilterKind.Crop => new CropStage(filter.Rectangle!.Value.Left, filter.Rectangle.Value.Top, left),
        _ => new FlipStage(sensor, filter.Kind == EventFilterKind.FlipHorizontal),
    };

    private static long Microseconds(EventFilter filter) => filter.Duration!.Value.Ticks / TimeSpan.TicksPerMicrosecond;
}
