namespace Microsoft.ML.Snn.Tests.Events.Hdf5;

#pragma warning disable IDE1006 // The names are those of Prophesee's datasets.

/// <summary>An event as Prophesee's datasets have it.</summary>
internal struct Hdf5Event
{
    public ushort x;
    public ushort y;
    public short p;
    public long t;

    public static Hdf5Event From(PolarityEvent e) => new() { x = e.X, y = e.Y, p = (short)(e.IsOn ? 1 : 0), t = e.TimeMicroseconds };
}
