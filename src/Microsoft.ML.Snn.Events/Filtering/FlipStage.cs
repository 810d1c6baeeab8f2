namespace Microsoft.ML.Snn.Events.Filtering;

/// <summary>Mirrors the sensor.</summary>
internal sealed class FlipStage(SensorSize sensor, bool isHorizontal) : FilterStage
{
    public override bool Keep(ref PolarityEvent e)
    {
        e = isHorizontal ? e with { X = (ushort)(sensor.Width - 1 - e.X) } : e with { Y = (ushort)(sensor.Height - 1 - e.Y) };
        return true;
    }
}
