using System.Drawing;
using Microsoft.ML.Snn.Tests.Conformance;

namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>Every slicing, held to what any estimator must keep; the recordings come from rows in memory.</summary>
public abstract class AccumulateEventsConformance(Action<EventFramingEstimator.Options> choose) : EstimatorConformance
{
    protected override string[] OutputColumns => ["Frames"];

    protected override string RequiredInput => "Events";

    protected override IEstimator<ITransformer> CreateEstimator(MLContext context)
    {
        var options = new EventFramingEstimator.Options
        {
            OutputColumnName = "Frames",
            InputColumnName = "Events",
            Height = 12,
            Width = 16,
            TimeSteps = 3,
        };
        choose(options);
        return context.Transforms.AccumulateEvents(options);
    }

    protected override IDataView CreateData(MLContext context) => context.Data.LoadFromEnumerable(
        Enumerable.Range(0, 6).Select(i => new Row { Id = i, Events = i == 3 ? null : new(EventFiles.Make(40 * i, i)) }).ToArray());

    protected override IEnumerable<(IDataView Data, string Named)> InvalidData(MLContext context)
    {
        IDataView data = CreateData(context);
        yield return (context.Transforms.DropColumns("Events").Fit(data).Transform(data), "Events");
        yield return (context.Transforms.CopyColumns("Events", nameof(Row.Id)).Fit(data).Transform(data), "Events");
    }

    private sealed class Row
    {
        public int Id { get; set; }

        [EventRecordingType]
        public EventRecording? Events { get; set; }
    }
}

public class EqualCountConformance() : AccumulateEventsConformance(options =>
    (options.SensorHeight, options.SensorWidth) = (128, 128));

public class EqualDurationConformance() : AccumulateEventsConformance(options =>
    (options.Slicing, options.MergePolarity) = (EventSlicing.EqualDuration, true));

public class FixedCountConformance() : AccumulateEventsConformance(options =>
    (options.Slicing, options.SensorWidth) = (EventSlicing.FixedCount(20), 128));

public class FixedDurationConformance() : AccumulateEventsConformance(options =>
    (options.Slicing, options.Accumulation) =
        (EventSlicing.FixedDuration(TimeSpan.FromMicroseconds(100)), EventAccumulation.Binary));

public class AtTimesConformance() : AccumulateEventsConformance(options =>
    (options.Slicing, options.SensorHeight) =
        (EventSlicing.AtTimes([.. ((int[])[5, 100, 120, 900]).Select(time => TimeSpan.FromMicroseconds(time))]), 128));

public class TimeSurfaceConformance() : AccumulateEventsConformance(options =>
    (options.Slicing, options.Accumulation) =
        (EventSlicing.FixedCount(30), EventAccumulation.TimeSurface(TimeSpan.FromMicroseconds(80))));

public class VoxelGridConformance() : AccumulateEventsConformance(options =>
    (options.Slicing, options.Accumulation, options.SensorHeight, options.SensorWidth) =
        (EventSlicing.EqualDuration, EventAccumulation.VoxelGrid, 128, 128));

/// <summary>Filters of every kind: each must come through a saved model as it was.</summary>
public class FilteredConformance() : AccumulateEventsConformance(options =>
    (options.SensorHeight, options.SensorWidth, options.Filters) = (128, 128,
    [
        EventFilter.HotPixels(new Point(1, 2), new Point(70, 127)), EventFilter.BackgroundActivity(TimeSpan.FromMicroseconds(700)),
        EventFilter.FlipHorizontal, EventFilter.RefractoryPeriod(TimeSpan.FromMicroseconds(3)), EventFilter.HotPixelsAbove(6000.5),
        EventFilter.Crop(3, 9, 120, 110), EventFilter.FlipVertical,
    ]));
