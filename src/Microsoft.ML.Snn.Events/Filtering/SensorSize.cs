namespace Microsoft.ML.Snn.Events.Filtering;

/// <summary>Rows and columns of a sensor, or of what filters left of it.</summary>
internal readonly record struct SensorSize(int Height, int Width)
{
    public bool Contains(in PolarityEvent e) => e.X < Width && e.Y < Height;
}
