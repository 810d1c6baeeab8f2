using Microsoft.ML.Snn.Events.Snapshots;

namespace Microsoft.ML.Snn.Events.Filtering;

/// <summary>Drops events of a pixel for a while after a kept one.</summary>
internal sealed class RefractoryPeriodStage(SensorSize sensor, long period) : FilterStage
{
    private readonly LastTimes _kept = new(sensor.Height * sensor.Width);

    public override bool Keep(ref PolarityEvent e)
    {
        int pixel = e.Y * sensor.Width + e.X;
        if (_kept.IsWithin(pixel, e.TimeMicroseconds, period - 1))
            return false;
        _kept.Set(pixel, e.TimeMicroseconds);
        return true;
    }

    public override void Reset() => _kept.Clear();

    public override void Save(SnapshotWriter writer) => _kept.Save(writer);

    public override void Restore(SnapshotReader reader) => _kept.Restore(reader);
}
