using Microsoft.ML.Snn.Events.Formats;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Events;

using static EventFiles;

/// <summary>Damaged and hostile files: a clear exception, or the events before the damage.</summary>
public class EventDamageTests
{
    private static readonly EventReadOptions _keep = new() { OnDamage = EventDamagePolicy.KeepEvents };

    public static TheoryData<string> AllKinds => [.. Kinds.Keys];

    /// <summary>The formats whose end nothing marks: cut between two events, such a file is a sound one.</summary>
    private static bool HasNoEnd(string kind) =>
        new[] { "NMnist", "Dat", "Evt", "Aedat2", "Text" }.Any(prefix => kind.StartsWith(prefix, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void A_file_cut_anywhere_gives_its_first_events(string kind)
    {
        PolarityEvent[] events = Make(120);
        byte[] file = Kinds[kind](events);
        EventReadOptions named = _keep with { Format = EventFileReader.FromStream(new MemoryStream(file)).Format };
        int most = 0;
        for (int length = 0; length < file.Length; length++)
        {
            (PolarityEvent[] read, string? damage) = Read(file[..length], named);
            Assert.Equal(events[..read.Length], read);
            Assert.True(read.Length >= most, $"{read.Length} events of {length} bytes, {most} of fewer");
            most = read.Length;
            if (read.Length < events.Length && !HasNoEnd(kind))
            {
                // AEDAT 3.1 has no end mark either, but its packets have a length.
                if (kind != "Aedat31" || read.Length % 40 != 0)
                    Assert.NotNull(damage);
            }
        }
        Assert.True(most > 0 || kind == "Npz");
    }

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void A_cut_file_is_named_in_the_exception_with_the_place_of_the_damage(string kind)
    {
        byte[] file = Kinds[kind](Make(120));
        string path = Path.GetTempFileName();
        try
        {
            // Within an event, or its packet.
            bool isText = kind.StartsWith("Text", StringComparison.Ordinal);
            int left = kind.StartsWith("Aedat4", StringComparison.Ordinal) ? file.Length / 2 : file.Length - (isText ? 3 : 1);
            File.WriteAllBytes(path, file[..left]);
            EventFileFormat? format = EventFileReader.FromStream(new MemoryStream(file)).Format;
            var damage = Assert.Throws<InvalidDataException>(() => EventRecording.Load(path, new() { Format = format }));
            Assert.Contains(path, damage.Message, StringComparison.Ordinal);
            Assert.Contains("at byte ", damage.Message, StringComparison.Ordinal);
            Assert.Contains(nameof(EventReadOptions.OnDamage), damage.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void An_empty_file_is_damage()
    {
        Assert.Throws<InvalidDataException>(() => Read([]));
        (PolarityEvent[] events, string? damage) = Read([], _keep);
        Assert.Empty(events);
        Assert.NotNull(damage);
    }

    [Fact]
    public void A_clock_that_jumps_is_damage_unless_an_option_allows_it()
    {
        PolarityEvent[] ahead = [new(10, 1, 1, true), new(20, 2, 2, true), new(700_000_020, 3, 3, true)];
        PolarityEvent[] back = [new(5000, 1, 1, true), new(4500, 2, 2, true), new(3000, 3, 3, true)];
        var tooFar = Assert.Throws<InvalidDataException>(() => Read(Dat(ahead)));
        Assert.Contains(nameof(EventReadOptions.MaxForwardStep), tooFar.Message, StringComparison.Ordinal);
        tooFar = Assert.Throws<InvalidDataException>(() => Read(Dat(back)));
        Assert.Contains(nameof(EventReadOptions.MaxBackwardStep), tooFar.Message, StringComparison.Ordinal);
        Assert.Equal(ahead[..2], Read(Dat(ahead), _keep).Events);
        Assert.Equal(back[..2], Read(Dat(back), _keep).Events);
        Assert.Equal(ahead, Read(Dat(ahead), new() { MaxForwardStep = TimeSpan.FromHours(1) }).Events);
        Assert.Equal(back, Read(Dat(back), new() { MaxBackwardStep = TimeSpan.MaxValue, MaxForwardStep = TimeSpan.MaxValue }).Events);
    }

    [Fact]
    public void Impossible_records_are_damage_after_the_events_before_them()
    {
        PolarityEvent[] events = Make(20);
        Check([.. Dat(events), .. BitConverter.GetBytes(events[^1].TimeMicroseconds)[..4], 0, 0, 0, 0x20], "polarity 2");
        Check([.. Evt3Words([0x8000, .. Evt3Row(events[0]), 0x37f8, 0x4100])], "beyond column 2047", 1);
        Check([.. Evt21(events[..1], "little"), .. BitConverter.GetBytes(0x003f_f801_0000_0003)], "beyond column 2047", 1);
        Check([.. Aedat31(events, 20), .. Aedat31Packet(1, 8, [1, 0, 0, 0, 0, 0, 0, 0x80])], "negative time");
        Check([.. Aedat31(events, 20), .. Aedat31Packet(1, 12, new byte[12])], "impossible");
        Check([.. Aedat31(events, 20), .. Aedat31Packet(2, 8, [], number: -1)], "impossible");

        void Check(byte[] file, string what, int count = 20)
        {
            (PolarityEvent[] read, string? damage) = Read(file, _keep);
            Assert.Equal(count, read.Length);
            Assert.Contains(what, damage, StringComparison.Ordinal);
        }

        static int[] Evt3Row(PolarityEvent e) => [e.Y, 0x2000 | e.X];
    }

    [Fact]
    public void Sizes_that_lie_end_the_reading_and_claim_no_memory()
    {
        PolarityEvent[] events = Make(50);
        byte[] packet = FlatBuffer("EVTS", events);
        byte[] longVector = [.. packet];
        BitConverter.TryWriteBytes(longVector.AsSpan(4 + 24), int.MaxValue);
        byte[] farTable = [.. packet];
        BitConverter.TryWriteBytes(farTable.AsSpan(4), int.MaxValue);
        byte[] good = Aedat4Packet(0, packet, 0);

        Check([.. Aedat31(events, 50), .. Aedat31Packet(1, 8, [], number: int.MaxValue)], 50);
        Check([.. Aedat31(events, 50), .. Aedat31Packet(3, int.MaxValue, [], number: int.MaxValue)], 50);
        Check(Aedat4File(0, [.. good, .. Aedat4Packet(0, longVector, 0)]), 50);
        Check(Aedat4File(0, [.. good, .. Aedat4Packet(0, farTable, 0)]), 50);
        Check(Aedat4File(0, [.. good, 0, 0, 0, 0, .. BitConverter.GetBytes(int.MaxValue)]), 50);
        Check(Aedat4File(0, [.. good, 0, 0, 0, 0, .. BitConverter.GetBytes(-1)]), 50);
        Check(Aedat4File(0, [.. good, 0, 0, 0, 0, .. BitConverter.GetBytes(60_000_000)]), 50);
        Check([.. Ascii("#!AER-DAT4.0\r\n"), .. BitConverter.GetBytes(int.MaxValue)], 0);
        Check([.. Ascii("#!AER-DAT4.0\r\n"), .. BitConverter.GetBytes(60_000_000), 1, 2, 3], 0);
        Check(Npy(events, statedCount: 1L << 60), 50);
        Check(Npz(events, statedCount: 1L << 60), 50);
        Check(Npy("<i8", $"(4, {1L << 57})", Longs([1, 2, 3, 4])), 0);
        Check(Npy("<i8", $"(4, {1L << 62})", Longs([1, 2, 3, 4])), 0);

        static void Check(byte[] file, int count)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            (PolarityEvent[] read, string? damage) = Read(file, _keep);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 2 << 20);
            Assert.Equal(count, read.Length);
            Assert.NotNull(damage);
        }
    }

    [Slow]
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_packet_that_grows_without_end_when_decompressed_is_damage(int compression)
    {
        byte[] bomb = Aedat4Packet(0, new byte[PacketDecompressor.LargestPacket + 1], compression);
        (PolarityEvent[] events, string? damage) = Read(Aedat4File(compression, bomb), _keep);
        Assert.Empty(events);
        Assert.Contains("larger than", damage, StringComparison.Ordinal);
    }
}
