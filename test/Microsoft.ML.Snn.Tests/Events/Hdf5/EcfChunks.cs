using System.Runtime.InteropServices;
using Microsoft.ML.Snn.Events.Hdf5.Files;

namespace Microsoft.ML.Snn.Tests.Events.Hdf5;

/// <summary>Chunks that Prophesee's own codec (github.com/prophesee-ai/hdf5_ecf, 1.0.1) has made of the events given here.</summary>
public class EcfChunks
{
    private const string Pixels = "16000000e8030000000000000132f1f101f4f7fdf0f1010afff92c0185300000100016000f20000000000000000000";
    private const string Columns = "1d0000000500000000000000021231f3f2f10111e700980c293e09072304d0000070";
    private const string Runs =
        "c40000000100000000000000081f2800fefff1fff5f0faf2f10188003f012800e1595e01c5031f00df009f015f021f03df039c04e09f8504"
        + "810181018101810181018101810181018101810181018101810181018101810181018101810182";

    private static readonly Hdf5Event[] _runs =
    [
        .. Enumerable.Range(0, 5).Select(i => Event(1, 10 + i, 4, 1)), Event(1, 30, 4, 0), Event(1, 33, 4, 0), Event(1, 35, 4, 0),
        .. Enumerable.Range(0, 40).Select(i => Event(2, i, 9, i % 2)), Event(5_000_000_000, 1279, 719, 1),
    ];

    [Fact]
    public void Packed_pixels_are_unpacked() => Assert.Equal(
        [Event(1000, 1279, 719, 1), Event(1003, 5, 3, 0), Event(1003, 640, 360, 1), Event(1020, 0, 1, 0), Event(70_000, 7, 2, 1)],
        Decode(Convert.FromHexString(Pixels), 5));

    [Fact]
    public void Packed_columns_are_unpacked() => Assert.Equal(
        [
            Event(5, 100, 7, 1), Event(5, 500, 7, 0), Event(6, 20, 7, 1), Event(6, 900, 7, 1), Event(9, 33, 7, 0), Event(300, 1, 7, 1),
            Event(301, 1000, 7, 0),
        ],
        Decode(Convert.FromHexString(Columns), 7));

    [Fact]
    public void Runs_are_unrolled() => Assert.Equal(_runs, Decode(Convert.FromHexString(Runs), _runs.Length));

    [Fact]
    public void What_a_chunk_has_no_events_for_stays_empty() =>
        Assert.Equal([.. _runs, default, default], Decode(Convert.FromHexString(Runs), _runs.Length + 2));

    [Fact]
    public void Chunks_that_are_cut_or_lie_are_damage()
    {
        foreach (string hex in (string[])[Pixels, Columns, Runs])
        {
            byte[] chunk = Convert.FromHexString(hex);
            for (int length = 0; length < chunk.Length; length++)
                Assert.Throws<InvalidDataException>(() => Decode(chunk[..length], 49));
        }
        Assert.Throws<InvalidDataException>(() => Decode(Convert.FromHexString(Runs), _runs.Length - 1));
        byte[] more = Convert.FromHexString(Columns);
        // Three events fewer are stated than there are times.
        more[0] -= 3 << 2;
        Assert.Throws<InvalidDataException>(() => Decode(more, 7));
        byte[] longStep = [4, 0, 0, 0, .. new byte[8], .. Enumerable.Repeat((byte)0xf1, 17), 1];
        Assert.Throws<InvalidDataException>(() => Decode(longStep, 1));
    }

    [Fact]
    public void Any_bytes_are_events_or_damage()
    {
        for (int seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            byte[] chunk = Convert.FromHexString((seed % 3) switch { 0 => Pixels, 1 => Columns, _ => Runs });
            for (int i = 0; i < 3; i++)
                chunk[random.Next(chunk.Length)] = (byte)random.Next(256);
            try
            {
                Decode(chunk, 60);
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    private static Hdf5Event[] Decode(byte[] chunk, int count)
    {
        byte[] events = new byte[16 * count];
        EcfChunk.Decode(chunk, events);
        return MemoryMarshal.Cast<byte, Hdf5Event>(events).ToArray();
    }

    private static Hdf5Event Event(long time, int x, int y, int polarity) =>
        new() { t = time, x = (ushort)x, y = (ushort)y, p = (short)polarity };
}
