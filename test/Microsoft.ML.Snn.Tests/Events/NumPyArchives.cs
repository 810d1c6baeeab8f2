namespace Microsoft.ML.Snn.Tests.Events;

using static EventFiles;

/// <summary>Which arrays of an .npz archive are taken for the events.</summary>
public class NumPyArchives
{
    private static readonly PolarityEvent[] _events = [new(5, 300, 2, true), new(7, 4, 500, false), new(9, 6, 7, true)];

    private static readonly byte[] _t = Column(e => e.TimeMicroseconds), _x = Column(e => e.X), _y = Column(e => e.Y),
        _p = Npy("|b1", "(3,)", [.. _events.Select(e => e.IsOn ? (byte)1 : (byte)0)]), _label = Npy("<i8", "()", Longs([4]));

    [Fact]
    public void Arrays_named_after_the_parts_are_the_events()
    {
        Assert.Equal(_events, Read(Zip(("label.npy", _t), ("pol.npy", _p), ("ts.npy", _t), ("y.npy", _y), ("x.npy", _x))).Events);
        Assert.Throws<NotSupportedException>(() => Read(Zip(("t.npy", _t), ("x.npy", _x), ("y.npy", _y))));
        Assert.Throws<NotSupportedException>(() => Read(Zip(("t.npy", _t), ("time.npy", _t), ("x.npy", _x), ("y.npy", _y), ("p.npy", _p))));
        byte[] shorter = Npy("<i8", "(2,)", new byte[16]);
        Assert.Throws<InvalidDataException>(() => Read(Zip(("t.npy", shorter), ("x.npy", _x), ("y.npy", _y), ("p.npy", _p))));
    }

    [Fact]
    public void The_only_array_is_the_events() => Assert.Equal(_events, Read(Zip(("arr_0.npy", Npy(_events)))).Events);

    [Fact]
    public void The_only_array_whose_fields_are_the_parts_is_the_events()
    {
        byte[] objects = Npy("|O", "(1,)", new byte[8]);
        Assert.Equal(_events, Read(Zip(("label.npy", _label), ("event_data.npy", Npy(_events)), ("meta.npy", objects))).Events);
    }

    [Fact]
    public void Where_names_leave_a_doubt_the_arrays_are_listed_and_an_option_names_one()
    {
        byte[] two = Zip(("left.npy", Npy(_events)), ("right.npy", Npy(_events[..1])), ("label.npy", _label));
        Refused(two, "left and in right", "left, right, label", nameof(EventReadOptions.ArrayName));
        Assert.Equal(_events[..1], Read(two, new() { ArrayName = "right" }).Events);
        Assert.Equal(_events, Read(two, new() { ArrayName = "left.npy" }).Events);
        Assert.Contains("'top'", Assert.Throws<NotSupportedException>(() => Read(two, new() { ArrayName = "top" })).Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => Read(two, new() { ArrayName = "label" }));

        // Four columns may be anything: only a name makes them events.
        byte[] table = Zip(
            ("data.npy", Npy("<i8", "(3, 4)", Longs(_events.SelectMany(e => (long[])[e.TimeMicroseconds, e.X, e.Y, e.IsOn ? 1 : 0])))),
            ("label.npy", _label));
        Refused(table, "data, label", nameof(EventReadOptions.ArrayName));
        Assert.Equal(_events, Read(table, new() { ArrayName = "data" }).Events);
    }

    [Fact]
    public void Frames_are_refused_as_what_they_are()
    {
        byte[] frames = Npy("<f4", "(1, 2, 1, 1)", new byte[8]);
        Refused(Zip(("frames.npy", frames)), "frames", "counted already");
        Refused(Zip(("frames.npy", frames), ("label.npy", _label)), "frames", "counted already");
        Refused(frames, "[1, 2, 1, 1]", "cannot be taken apart again");
    }

    /// <summary>As ES-ImageNet has them: rows, columns and steps of pixels that became brighter, and of those that became darker.</summary>
    [Fact]
    public void Arrays_of_ON_and_of_OFF_events_become_one_recording_in_the_order_of_time()
    {
        byte[] on = Npy("|u1", "(3, 3)", [10, 20, 1, 11, 21, 2, 12, 22, 4]), off = Npy("|u1", "(2, 3)", [30, 40, 2, 31, 41, 3]);
        PolarityEvent[] expected =
            [new(1, 20, 10, true), new(2, 21, 11, true), new(2, 40, 30, false), new(3, 41, 31, false), new(4, 22, 12, true)];
        byte[] file = Zip(("pos.npy", on), ("neg.npy", off));
        Assert.Equal(expected, Read(file).Events);
        Assert.Equal(expected.Select(e => new PolarityEvent(e.TimeMicroseconds * 1000, e.Y, e.X, e.IsOn)),
            Read(file, new() { Columns = "pxyt", TimeUnit = EventTimeUnit.Milliseconds }).Events);
        Assert.Equal(expected.Where(e => !e.IsOn), Read(Zip(("neg.npy", off), ("pos.npy", Npy("|u1", "(0, 3)", [])))).Events);
        byte[] byColumn = Npy("|u1", "(3, 3)", [10, 11, 12, 20, 21, 22, 1, 2, 4], isFortranOrder: true);
        Assert.Equal(expected, Read(Zip(("pos.npy", byColumn), ("neg.npy", off))).Events);
        Refused(Zip(("pos.npy", Npy("|u1", "(2, 5)", new byte[10])), ("neg.npy", off)), "[2, 5]");
    }

    [Fact]
    public void Many_ON_and_OFF_events_are_merged_whatever_the_size_of_the_blocks()
    {
        PolarityEvent[] events = [.. Make(9000).OrderBy(e => e.TimeMicroseconds).ThenByDescending(e => e.IsOn)];
        byte[] file = Zip(("pos.npy", OfPolarity(true)), ("neg.npy", OfPolarity(false)));
        foreach (int size in (int[])[1, 1000, 20_000])
        {
            using EventFileReader reader = EventFileReader.FromStream(new MemoryStream(file));
            var block = new PolarityEvent[size];
            var read = new List<PolarityEvent>();
            for (int count; (count = reader.Read(block)) > 0;)
                read.AddRange(block[..count]);
            Assert.Equal(events, read);
        }

        byte[] OfPolarity(bool isOn)
        {
            PolarityEvent[] some = [.. events.Where(e => e.IsOn == isOn)];
            return Npy("<i8", $"({some.Length}, 3)", Longs(some.SelectMany(e => (long[])[e.Y, e.X, e.TimeMicroseconds])));
        }
    }

    [Fact]
    public void Damage_in_one_of_two_arrays_ends_the_recording_there()
    {
        byte[] on = Npy("<i4", "(3, 3)", [.. Enumerable.Range(0, 9).SelectMany(BitConverter.GetBytes)]);
        byte[] off = Npy("<i4", "(3, 3)", [.. ((int[])[1, 1, 3, 1, -1, 6, 1, 1, 9]).SelectMany(BitConverter.GetBytes)]);
        (PolarityEvent[] events, string? damage) = Read(
            Zip(("pos.npy", on), ("neg.npy", off)), new() { OnDamage = EventDamagePolicy.KeepEvents });
        Assert.Equal([new(2, 1, 0, true), new(3, 1, 1, false)], events);
        Assert.Contains("x -1", damage, StringComparison.Ordinal);
    }

    private static void Refused(byte[] file, params string[] parts)
    {
        var refusal = Assert.Throws<NotSupportedException>(() => Read(file));
        Assert.All(parts, part => Assert.Contains(part, refusal.Message, StringComparison.Ordinal));
    }

    private static byte[] Column(Func<PolarityEvent, long> part) => Npy("<i8", "(3,)", Longs(_events.Select(part)));
}
