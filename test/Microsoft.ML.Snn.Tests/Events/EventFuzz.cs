using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Snn.Events.Formats;

namespace Microsoft.ML.Snn.Tests.Events;

using static EventFiles;

/// <summary>
/// Readers against files with bits flipped, bytes replaced, cut, doubled and removed. A short run of fixed seeds by default; for a long
/// one set SNNML_FUZZ_SECONDS to the seconds to spend on each kind of file.
/// </summary>
public class EventFuzz
{
    // A block of an AEDAT 4 packet may grow up to its limit, and grows by doubling.
    private const long MostAllocated = 4L * PacketDecompressor.LargestPacket;
    private const int ShortRuns = 300;

    public static TheoryData<string> AllKinds => [.. Kinds.Keys];

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void A_mutated_file_gives_events_or_a_clear_exception(string kind)
    {
        byte[] original = Kinds[kind](Make(150));
        EventFileFormat? format = EventFileReader.FromStream(new MemoryStream(original)).Format;
        _ = double.TryParse(Environment.GetEnvironmentVariable("SNNML_FUZZ_SECONDS"), CultureInfo.InvariantCulture, out double seconds);
        bool isCompressed = kind is "Aedat4Lz4" or "Aedat4Zstd" or "Npz";
        long start = Stopwatch.GetTimestamp();
        for (int seed = 0; seed < ShortRuns || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; seed++)
        {
            var random = new Random(seed);
            byte[] file = Mutate(original, random);
            EventReadOptions options = new()
            {
                Format = random.Next(2) == 0 ? format : null,
                OnDamage = (EventDamagePolicy)random.Next(2),
                MaxBackwardStep = random.Next(2) == 0 ? TimeSpan.MaxValue : TimeSpan.Zero,
                MaxForwardStep = random.Next(2) == 0 ? TimeSpan.MaxValue : TimeSpan.FromSeconds(1),
            };
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                (PolarityEvent[] events, string? damage) = Read(file, options);
                // Every event takes a bit of an EVT 3.0 word at least; compressed packets are limited otherwise.
                Assert.True(events.Length <= 8 * file.Length || isCompressed, $"seed {seed}");
                Assert.False(damage is not null && options.OnDamage == EventDamagePolicy.Throw, $"seed {seed}");
            }
            catch (Exception e) when (e is InvalidDataException or NotSupportedException)
            {
                // The clear exceptions. A kept recording is never refused as damaged.
                Assert.False(e is InvalidDataException && options.OnDamage == EventDamagePolicy.KeepEvents, $"seed {seed}");
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostAllocated, $"seed {seed}");
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        List<byte> file = [.. original];
        for (int changes = 1 + random.Next(4); changes > 0 && file.Count > 0; changes--)
        {
            // The headers are where the sizes are: half of the changes go there.
            int at = random.Next(random.Next(2) == 0 ? file.Count : Math.Min(file.Count, 400));
            int length = Math.Min(random.Next(1, 64), file.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    file[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    file[at] = (byte)random.Next(256);
                    break;
                case 2:
                    byte extreme = random.Next(2) == 0 ? (byte)0xff : (byte)0;
                    for (int i = 0; i < Math.Min(length, 8); i++)
                        file[at + i] = extreme;
                    break;
                case 3:
                    file.RemoveRange(at, file.Count - at);
                    break;
                case 4:
                    file.InsertRange(at, file.GetRange(at, length));
                    break;
                default:
                    file.RemoveRange(at, length);
                    break;
            }
        }
        return [.. file];
    }
}
