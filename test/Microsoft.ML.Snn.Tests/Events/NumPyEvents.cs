namespace Microsoft.ML.Snn.Tests.Events;

using static EventFiles;

/// <summary>The arrangements and number types in which NumPy files hold events.</summary>
public class NumPyEvents
{
    private static readonly PolarityEvent[] _events = [new(5, 300, 2, true), new(7, 4, 500, false), new(1L << 33, 6, 7, true)];

    private static readonly EventReadOptions _anyTime = new() { MaxForwardStep = TimeSpan.MaxValue };

    [Theory]
    [InlineData("<", "i4", "i2")]
    [InlineData(">", "i8", "u2")]
    [InlineData("<", "u8", "i4")]
    [InlineData(">", "u4", "u4")]
    [InlineData("<", "f8", "f4")]
    [InlineData(">", "f8", "f4")]
    public void Structured_arrays_are_read_in_any_number_type_and_byte_order(string order, string timeType, string pixelType)
    {
        PolarityEvent[] events = timeType[1] == '4' ? _events[..2] : _events;
        byte[] data = [.. events.SelectMany(e => (byte[])
        [
            .. Bytes(e.Y, pixelType), 99, 98, 97, (byte)(e.IsOn ? 1 : 0), .. Bytes(e.X, pixelType), .. Bytes(e.TimeMicroseconds, timeType),
        ])];
        (string pixel, string time) = (order + pixelType, order + timeType);
        string type = $"[('y', '{pixel}'), ('skipped', '|S3'), ('polarity', '|b1'), ('X', '{pixel}'), ('timestamp', '{time}')]";
        Assert.Equal(events, Read(Npy(type, $"({events.Length},)", data), _anyTime).Events);

        byte[] Bytes(long value, string code)
        {
            byte[] bytes = code switch
            {
                "f4" => BitConverter.GetBytes((float)value),
                "f8" => BitConverter.GetBytes((double)value),
                _ => BitConverter.GetBytes(value)[..(code[1] - '0')],
            };
            return order == ">" ? [.. bytes.Reverse()] : bytes;
        }
    }

    [Fact]
    public void Fields_of_arrays_and_structures_are_stepped_over()
    {
        string type =
            "[('a', '<i4', (2, 3)), ('t', '<i8'), ('b', [('x', '<i2'), ('u', '<U2')]), ('x', '<i8'), (('row', 'y'), '<i8'), ('p', '<i8')]";
        byte[] data =
        [
            .. _events.SelectMany(e => (byte[])[.. new byte[24], .. Longs([e.TimeMicroseconds]), .. new byte[10], .. Longs([e.X, e.Y, e.IsOn ? 1 : 0])]),
        ];
        Assert.Equal(_events, Read(Npy(type, "(3,)", data), _anyTime).Events);
    }

    [Fact]
    public void Tables_are_read_by_rows_by_columns_and_in_Fortran_order()
    {
        byte[] rows = Longs(_events.SelectMany(e => (long[])[e.TimeMicroseconds, e.X, e.Y, e.IsOn ? 1 : -1]));
        IEnumerable<long> xs = _events.Select(e => (long)e.X), ys = _events.Select(e => (long)e.Y);
        byte[] columns = Longs([.. _events.Select(e => e.TimeMicroseconds), .. xs, .. ys, .. _events.Select(e => e.IsOn ? 1L : -1)]);
        Assert.Equal(_events, Read(Npy("<i8", "(3, 4)", rows), _anyTime).Events);
        Assert.Equal(_events, Read(Npy("<i8", "(4, 3)", columns), _anyTime).Events);
        Assert.Equal(_events, Read(Npy("<i8", "(3, 4)", columns, isFortranOrder: true), _anyTime).Events);
        Assert.Equal(_events, Read(Zip(("events.npy", Npy("<i8", "(4, 3)", columns))), _anyTime).Events);
        Assert.Throws<NotSupportedException>(() => Read(Npy("<i8", "(3, 5)", new byte[120])));
    }

    [Fact]
    public void The_order_of_a_table_s_columns_is_an_option()
    {
        byte[] table = Npy("<i8", "(3, 4)", Longs(_events.SelectMany(e => (long[])[e.X, e.Y, e.TimeMicroseconds, e.IsOn ? 1 : 0])));
        Assert.Equal(_events, Read(table, _anyTime with { Columns = "xytp" }).Events);
        var refusal = Assert.Throws<InvalidDataException>(() => Read(table));
        Assert.Contains(nameof(EventReadOptions.Columns), refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, 0, 0, 0)]
    [InlineData(0, 65_536, 0, 0)]
    [InlineData(0, 0, -1, 0)]
    [InlineData(0, 0, 0, 2)]
    [InlineData(0, 0, 0, -2)]
    [InlineData(long.MaxValue, 0, 0, 0)]
    public void Values_that_no_event_has_are_damage(long time, long x, long y, long p)
    {
        byte[] file = Npy("<i8", "(2, 4)", Longs([0, 1, 2, 1, time == -1 ? -5_000_000 : time, x, y, p]));
        (PolarityEvent[] events, string? damage) = Read(file, new() { OnDamage = EventDamagePolicy.KeepEvents });
        Assert.Equal([new(0, 1, 2, true)], events);
        Assert.NotNull(damage);
    }

    [Theory]
    [InlineData("{'descr': '<i8', 'fortran_order': False, 'shape': (1, 4)")]
    [InlineData("{'descr': '<i8', 'fortran_order': False}")]
    [InlineData("{'descr': '<i8', 'fortran_order': False, 'shape': (-1, 4)}")]
    [InlineData("{'descr': '<i8', 'fortran_order': False, 'shape': (99999999999999999999, 4)}")]
    [InlineData("{'descr': [('t', '<i8', 99999999), ('x', '<i8')], 'fortran_order': False, 'shape': (1,)}")]
    [InlineData("{'descr': '<i99999999', 'fortran_order': False, 'shape': (1, 4)}")]
    [InlineData("((((((((((((((((((((((((((((((((((((((((")]
    [InlineData("{'descr': ")]
    [InlineData("{1: 2}")]
    [InlineData("True False")]
    [InlineData("")]
    public void Descriptions_that_make_no_sense_are_damage(string description)
    {
        byte[] length = BitConverter.GetBytes((ushort)description.Length);
        byte[] file = [0x93, .. Ascii("NUMPY"), 1, 0, .. length, .. Ascii(description), .. new byte[64]];
        Assert.Throws<InvalidDataException>(() => Read(file));
    }
}
