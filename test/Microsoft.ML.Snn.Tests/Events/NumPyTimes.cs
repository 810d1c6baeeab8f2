namespace Microsoft.ML.Snn.Tests.Events;

using static EventFiles;

/// <summary>Times of NumPy arrays in the units that an option or their type names.</summary>
public class NumPyTimes
{
    private static readonly EventReadOptions _anyTime = new() { MaxForwardStep = TimeSpan.MaxValue, MaxBackwardStep = TimeSpan.MaxValue };

    [Theory]
    [InlineData(EventTimeUnit.Seconds, 0.001_499_6, 1500)]
    [InlineData(EventTimeUnit.Seconds, -0.25, -250_000)]
    [InlineData(EventTimeUnit.Seconds, 1_473_347_892.123_456, 1_473_347_892_123_456)]
    [InlineData(EventTimeUnit.Milliseconds, 1.0024, 1002)]
    [InlineData(EventTimeUnit.Microseconds, 7.5, 8)]
    [InlineData(EventTimeUnit.Nanoseconds, 1499, 1)]
    [InlineData(EventTimeUnit.Nanoseconds, -1501, -2)]
    public void Fractional_times_in_a_named_unit_are_rounded_to_the_nearest_microsecond(EventTimeUnit unit, double time, long expected) =>
        Assert.Equal(expected, ReadTime("<f8", BitConverter.GetBytes(time), _anyTime with { TimeUnit = unit }));

    [Theory]
    [InlineData(EventTimeUnit.Seconds, 3, 3_000_000)]
    [InlineData(EventTimeUnit.Milliseconds, -3, -3000)]
    [InlineData(EventTimeUnit.Microseconds, 3, 3)]
    [InlineData(EventTimeUnit.Nanoseconds, 1500, 2)]
    [InlineData(EventTimeUnit.Nanoseconds, 1499, 1)]
    [InlineData(EventTimeUnit.Nanoseconds, -1500, -2)]
    [InlineData(EventTimeUnit.Nanoseconds, (1L << 60) + 500, ((1L << 60) + 1000) / 1000)]
    public void Whole_times_in_a_named_unit_are_converted(EventTimeUnit unit, long time, long expected) =>
        Assert.Equal(expected, ReadTime("<i8", BitConverter.GetBytes(time), _anyTime with { TimeUnit = unit }));

    [Theory]
    [InlineData("<m8[us]", 1234, 1234)]
    [InlineData("<M8[us]", 1_700_000_000_000_000, 1_700_000_000_000_000)]
    [InlineData("<m8[ns]", 1500, 2)]
    [InlineData("<m8[ms]", 3, 3000)]
    [InlineData("<m8[s]", 3, 3_000_000)]
    [InlineData("<m8[10us]", 3, 30)]
    [InlineData("<m8[25ns]", 41, 1)]
    [InlineData("<m8[15ns]", 100, 2)]
    [InlineData("<m8[ps]", 2_500_000, 3)]
    [InlineData("<m8[as]", 1_500_000_000_000, 2)]
    [InlineData("<M8[D]", 2, 172_800_000_000)]
    [InlineData("<M8[W]", 1, 604_800_000_000)]
    public void The_unit_of_a_type_for_times_is_used_whatever_the_option_says(string type, long time, long expected)
    {
        Assert.Equal(expected, ReadTime(type, BitConverter.GetBytes(time), _anyTime));
        Assert.Equal(expected, ReadTime(type, BitConverter.GetBytes(time), _anyTime with { TimeUnit = EventTimeUnit.Seconds }));
    }

    [Fact]
    public void A_type_for_times_without_a_unit_needs_the_option()
    {
        byte[] time = BitConverter.GetBytes(3L);
        var refusal = Assert.Throws<NotSupportedException>(() => ReadTime("<m8", time, _anyTime));
        Assert.Contains(nameof(EventReadOptions.TimeUnit), refusal.Message, StringComparison.Ordinal);
        Assert.Equal(3000, ReadTime("<m8", time, _anyTime with { TimeUnit = EventTimeUnit.Milliseconds }));
    }

    [Theory]
    [InlineData("<m8[Y]")]
    [InlineData("<M8[M]")]
    [InlineData("<m8[0us]")]
    [InlineData("<m8[]")]
    [InlineData("<m8[99999999999us]")]
    [InlineData("<m8[fortnight]")]
    public void Types_for_times_of_no_fixed_unit_are_refused_by_name(string type)
    {
        var refusal = Assert.Throws<NotSupportedException>(() => ReadTime(type, new byte[8], _anyTime));
        Assert.Contains(type, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_for_times_is_none_for_pixels()
    {
        byte[] file = Npy("[('t', '<i8'), ('x', '<m8[us]'), ('y', '<i8'), ('p', '<i8')]", "(1,)", Longs([1, 2, 3, 1]));
        Assert.Contains("X", Assert.Throws<NotSupportedException>(() => Read(file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<m8[us]", long.MinValue)]
    [InlineData("<m8[ns]", long.MinValue)]
    [InlineData("<m8[s]", long.MaxValue)]
    [InlineData("<m8[D]", 1L << 40)]
    [InlineData("<u8", -1)]
    public void Times_that_are_none_or_too_late_are_damage(string type, long time) =>
        Assert.Throws<InvalidDataException>(() => ReadTime(type, BitConverter.GetBytes(time), _anyTime));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e300)]
    [InlineData(-1e13)]
    public void Fractional_times_that_are_none_or_too_late_are_damage(double time) =>
        Assert.Throws<InvalidDataException>(
            () => ReadTime("<f8", BitConverter.GetBytes(time), _anyTime with { TimeUnit = EventTimeUnit.Seconds }));

    [Fact]
    public void Fractional_times_without_a_unit_are_damage_that_names_the_option()
    {
        var refusal = Assert.Throws<InvalidDataException>(() => ReadTime("<f8", BitConverter.GetBytes(0.001), _anyTime));
        Assert.Contains("whole microseconds", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(EventReadOptions.TimeUnit), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_and_arrays_for_each_part_have_times_in_the_named_unit_too()
    {
        PolarityEvent[] expected = [new(2000, 3, 4, true), new(5000, 6, 7, false)];
        EventReadOptions options = _anyTime with { TimeUnit = EventTimeUnit.Milliseconds };
        Assert.Equal(expected, Read(Npy("<i8", "(2, 4)", Longs([2, 3, 4, 1, 5, 6, 7, 0])), options).Events);
        Assert.Equal(expected, Read(Npy("<i8", "(4, 2)", Longs([2, 5, 3, 6, 4, 7, 1, 0])), options).Events);
        byte[] archive = Zip(
            ("t.npy", Npy("<i8", "(2,)", Longs([2, 5]))), ("x.npy", Npy("<i8", "(2,)", Longs([3, 6]))),
            ("y.npy", Npy("<i8", "(2,)", Longs([4, 7]))), ("p.npy", Npy("<i8", "(2,)", Longs([1, 0]))));
        Assert.Equal(expected, Read(archive, options).Events);
    }

    private static long ReadTime(string type, byte[] time, EventReadOptions options)
    {
        byte[] file = Npy($"[('t', '{type}'), ('x', '<i2'), ('y', '<i2'), ('p', '|b1')]", "(1,)", [.. time, 1, 0, 2, 0, 1]);
        return Assert.Single(Read(file, options).Events).TimeMicroseconds;
    }
}
