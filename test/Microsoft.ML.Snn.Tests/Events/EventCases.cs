namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>Small files written by hand after the structures of cameras and tools, whose right answers are known.</summary>
public class EventCases
{
    private const string Folder = "events/cases/";

    private static readonly PolarityEvent[] _dat = [.. Enumerable.Range(0, 40).Select(i => Event(100 + 10 * i, 5 * i, 3 * i, i % 2 == 1))];

    public static TheoryData<string, EventFileFormat> Files => new()
    {
        { "dat_openeb.dat", EventFileFormat.Dat },
        { "dat_v1.dat", EventFileFormat.Dat },
        { "evt3_lucid_pad.raw", EventFileFormat.Evt3 },
        { "evt2_imu.raw", EventFileFormat.Evt2 },
        { "evt3_precut.raw", EventFileFormat.Evt3 },
        { "evt21.raw", EventFileFormat.Evt21 },
        { "evt2_sysid.raw", EventFileFormat.Evt2 },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_gives_its_events(string file, EventFileFormat format)
    {
        using EventFileReader reader = EventFileReader.Open(RealData.Path(Folder + file));
        Assert.Equal(format, reader.Format);
        PolarityEvent[] events = EventRecording.Read(reader).Events.ToArray();
        switch (file)
        {
            case "dat_openeb.dat" or "dat_v1.dat":
                Assert.Equal(_dat, events);
                break;
            case "evt3_lucid_pad.raw":
                Assert.Equal([(10, 20), (11, 21)], events.Select(e => ((int)e.X, (int)e.Y)));
                break;
            case "evt3_precut.raw":
                Assert.Equal([(10, 20)], events.Select(e => ((int)e.X, (int)e.Y)));
                break;
            case "evt2_imu.raw":
                Assert.Equal(4, events.Length);
                break;
            case "evt2_sysid.raw":
                Assert.Equal(2, events.Length);
                break;
            default:
                Assert.Empty(events);
                break;
        }
    }

    [Fact]
    public void A_simulator_s_AEDAT_2_file_asks_for_the_camera_and_is_read_with_it()
    {
        string file = RealData.Path(Folder + "a2_v2e_346.aedat");
        var refusal = Assert.Throws<NotSupportedException>(() => EventRecording.Load(file));
        Assert.Contains(nameof(EventReadOptions.Camera), refusal.Message, StringComparison.Ordinal);
        Assert.Equal(
            Enumerable.Range(0, 40).Select(i => Event(1000 + 100 * i, 37 * i % 346, 29 * i % 260, i % 2 == 1)),
            EventRecording.Load(file, new() { Camera = EventCameraModel.Davis346 }).Events.ToArray());
    }

    [Fact]
    public void A_truncated_N_MNIST_file_gives_its_whole_events()
    {
        string file = RealData.Path(Folder + "nm_trunc.bin");
        Assert.Throws<InvalidDataException>(() => EventRecording.Load(file));
        using EventFileReader reader = EventFileReader.Open(file, new() { OnDamage = EventDamagePolicy.KeepEvents });
        Assert.Equal(EventFileFormat.NMnist, reader.Format);
        Assert.Equal(39, EventRecording.Read(reader).Count);
        Assert.NotNull(reader.Damage);
    }

    private static PolarityEvent Event(int time, int x, int y, bool isOn) => new(time, (ushort)x, (ushort)y, isOn);
}
