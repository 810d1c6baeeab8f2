using Microsoft.ML.Snn.Events.Snapshots;

namespace Microsoft.ML.Snn.Events.Filtering;

/// <summary>Keeps events that a neighboring pixel supports.</summary>
internal sealed class BackgroundActivityStage : FilterStage
{
    private readonly long _window;
    // With a border, so that every pixel has eight neighbors.
    private readonly int _stride;
    private readonly int[] _neighbors;
    private readonly LastTimes _times;

    public BackgroundActivityStage(SensorSize sensor, long window)
    {
        _window = window;
        _stride = sensor.Width + 2;
        _neighbors = [-_stride, -1, 1, _stride, -_stride - 1, -_stride + 1, _stride - 1, _stride + 1];
        _times = new((sensor.Height + 2) * _stride);
    }

    public override bool Keep(ref PolarityEvent e)
    {
        int pixel = (e.Y + 1) * _stride + e.X + 1;
        _times.SetLater(pixel, e.TimeMicroseconds);
        foreach (int neighbor in _neighbors)
        {
            if (_times.IsWithin(pixel + neighbor, e.TimeMicroseconds, _window))
                return true;
        }
        return false;
    }

    public override void Reset() => _times.Clear();

    public override void Save(SnapshotWriter writer) => _times.Save(writer);

    public override void Restore(SnapshotReader reader) => _times.Restore(reader);
}
