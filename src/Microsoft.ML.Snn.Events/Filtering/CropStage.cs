namespace Microsoft.ML.Snn.Events.Filtering;

/// <summary>Keeps a rectangle, and counts its pixels from its corner.</summary>
internal sealed class CropStage(int left, int top, SensorSize size) : FilterStage
{
    public override bool Keep(ref PolarityEvent e)
    {
        int x = e.X - left, y = e.Y - top;
        if ((uint)x >= (uint)size.Width || (uint)y >= (uint)size.Height)
            return false;
        e = e with { X = (ushort)x, Y = (ushort)y };
        return true;
    }
}
