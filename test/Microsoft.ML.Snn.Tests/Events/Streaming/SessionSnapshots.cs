using System.Buffers.Binary;
using System.Drawing;
using Microsoft.ML.Snn.Engine.Format;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>A session that was saved and restored, anywhere in its stream, goes on as if nothing had happened.</summary>
public class SessionSnapshots
{
    // Of the header: mark, version, fingerprint, checksum of the description, its length.
    private const int DescriptionLengthAt = 18, VersionAt = 4;

    private static readonly EventFilter[] _filters =
    [
        EventFilter.HotPixels(new Point(3, 4)), EventFilter.RefractoryPeriod(TimeSpan.FromMicroseconds(500)),
        EventFilter.BackgroundActivity(TimeSpan.FromMicroseconds(2000)), EventFilter.Crop(8, 8, 100, 110), EventFilter.FlipHorizontal,
    ];

    public static TheoryData<EventSlicingKind, bool, bool, int, int?> Cases =>
    [
        .. from slicing in (EventSlicingKind[])[EventSlicingKind.FixedCount, EventSlicingKind.FixedDuration, EventSlicingKind.AtTimes]
            from isFiltered in (bool[])[false, true]
            from isQuantized in (bool[])[false, true]
            from maxSpikes in (int[])[1, 3]
            from window in (int?[])[null, 3]
            where window is null || maxSpikes == 1
            select (slicing, isFiltered, isQuantized, maxSpikes, window),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_restored_session_goes_on_to_the_last_bit(
        EventSlicingKind slicing, bool isFiltered, bool isQuantized, int maxSpikes, int? window)
    {
        SpikingNetwork network = Network(isQuantized, maxSpikes);
        PolarityEvent[] events = EventFiles.Make(340);
        List<string> expected = Play(Session(network, slicing, isFiltered, window), events, int.MaxValue, session => session);
        Assert.True(expected.Count > EventModel.TimeSteps - 1 && expected.Distinct().Count() == expected.Count);
        foreach (int chunk in (int[])[1, 7, 41])
        {
            List<string> actual = Play(Session(network, slicing, isFiltered, window), events, chunk, session =>
            {
                // Chunks of 1 are too many for all of them.
                if (chunk == 1 && session.SliceCount % 4 != 1)
                    return session;
                byte[] snapshot = Save(session);
                // Two threads at times only: on a busy machine they wait for each other.
                SpikingNetwork shared = network.WithThreads(session.SliceCount == 2 && chunk == 41 ? 2 : 1);
                EventStreamSession other = Session(shared, slicing, isFiltered, window);
                // What it knew is forgotten.
                other.Push(events.AsSpan(100, 80), out _);
                other.Restore(new MemoryStream(snapshot));
                Assert.Equal(snapshot, Save(other));
                Assert.Equal(Describe(session), Describe(other));
                return other;
            });
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void A_stream_that_ends_early_ends_at_the_same_slice()
    {
        PolarityEvent[] events = EventFiles.Make(900);
        SpikingNetwork network = Network();
        foreach (EarlyExit exit in (EarlyExit[])[new() { Confidence = 0.4f }, new() { Margin = 0.1f }, EarlyExit.Never])
        {
            string whole = Until(Session(network), isInterrupted: false), restored = Until(Session(network), isInterrupted: true);
            Assert.Equal(whole, restored);

            string Until(EventStreamSession session, bool isInterrupted)
            {
                for (ReadOnlySpan<PolarityEvent> left = events; session.Push(left, out int consumed);)
                {
                    left = left[consumed..];
                    if (exit.IsMet(session.Scores))
                        break;
                    if (isInterrupted)
                        session = Restored(network, Save(session));
                }
                return Describe(session);
            }
        }
    }

    [Fact]
    public void Another_session_over_the_saved_and_loaded_network_takes_it()
    {
        foreach (bool isQuantized in (bool[])[false, true])
        {
            SpikingNetwork network = Network(isQuantized);
            EventStreamSession session = Session(network);
            session.Push(EventFiles.Make(80), out _);
            using var zip = new MemoryStream();
            network.Save(zip);
            zip.Position = 0;
            Assert.Equal(Describe(session), Describe(Restored(SpikingNetwork.Load(zip), Save(session))));
        }
    }

    [Fact]
    public void Between_slices_it_takes_about_4_bytes_a_neuron()
    {
        EventStreamSession session = Session(Network());
        int header = Save(session).Length;
        Assert.InRange(header, 100, 400);
        Assert.True(session.Push(EventFiles.Make(200), out _));
        int neurons = session.SpikingLayers.Sum(layer => layer.NeuronCount);
        Assert.InRange(Save(session).Length - header, 4 * neurons, 4.3 * neurons);
    }

    [Fact]
    public void Snapshots_follow_each_other_in_a_stream()
    {
        SpikingNetwork network = Network();
        EventStreamSession first = Session(network), second = Session(network);
        first.Push(EventFiles.Make(170), out _);
        using var stream = new MemoryStream();
        first.Save(stream);
        second.Save(stream);
        stream.WriteByte(1);
        stream.Position = 0;
        EventStreamSession restored = Session(network);
        restored.Restore(stream);
        Assert.Equal(Describe(first), Describe(restored));
        restored.Restore(stream);
        Assert.Equal(Describe(second), Describe(restored));
        Assert.Equal(1, stream.ReadByte());
    }

    [Fact]
    public void A_snapshot_of_another_network_or_framing_is_refused_with_what_to_do()
    {
        SpikingNetwork network = Network();
        EventStreamSession saved = Session(network);
        saved.Push(EventFiles.Make(170), out _);
        byte[] snapshot = Save(saved);
        Assert.Contains("another network", Refused(Session(Network(seed: 5)), snapshot));
        Assert.Contains("the model that the saved session ran", Refused(Session(Network(isQuantized: true)), snapshot));
        string message = Refused(Session(network, EventSlicingKind.FixedDuration), snapshot);
        Assert.Contains("FixedCount(50)", message);
        Assert.Contains("FixedDuration", message);
        Assert.Contains("make the session with the framing", message);
        Assert.Contains("RefractoryPeriod", Refused(Session(network, isFiltered: true), snapshot));
        Assert.Contains("the latest 3 slices", Refused(Session(network, window: 3), snapshot));
        EventFramingOptions smaller = EventModel.FramingOptions(EventSlicing.FixedCount(50)) with { SensorHeight = 100 };
        Assert.Contains("100 x 120", Refused(new(network, new(smaller)), snapshot));
    }

    [Fact]
    public void Damaged_snapshots_and_those_of_newer_versions_are_refused()
    {
        SpikingNetwork network = Network();
        foreach (bool isFiltered in (bool[])[false, true])
        {
            EventStreamSession saved = Session(network, isFiltered: isFiltered), session = Session(network, isFiltered: isFiltered);
            saved.Push(EventFiles.Make(170), out _);
            byte[] snapshot = Save(saved);
            var random = new Random(1);
            for (int i = 0; i < snapshot.Length; i += i < 300 ? 1 : 97)
            {
                Assert.Contains("ends too early", Refused(session, snapshot[..i]));
                byte[] damaged = [.. snapshot];
                damaged[i] ^= (byte)(1 << random.Next(8));
                Refused(session, damaged);
            }
            Assert.Contains("no snapshot", Refused(session, new byte[1000]));
            byte[] newer = [.. snapshot];
            newer[VersionAt]++;
            Assert.Contains("Use a newer one", Refused(session, newer));
        }
    }

    [Theory]
    [InlineData(EventSlicingKind.FixedCount)]
    [InlineData(EventSlicingKind.FixedDuration)]
    [InlineData(EventSlicingKind.AtTimes)]
    public void Forged_snapshots_are_refused_or_give_a_session_like_any_other(EventSlicingKind slicing)
    {
        SpikingNetwork network = Network();
        EventStreamSession saved = Session(network, slicing, isFiltered: true), session = Session(network, slicing, isFiltered: true);
        PolarityEvent[] events = EventFiles.Make(600);
        saved.Push(events.AsSpan(..300), out _);
        byte[] snapshot = Save(saved);
        int state = StateAt(snapshot), refused = 0;
        for (int seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            byte[] forged = [.. snapshot];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                // Most of it are membrane potentials; what comes first decides more.
                int end = random.Next(2) == 0 ? Math.Min(state + 400, forged.Length) : forged.Length;
                int length = Math.Min(random.Next(1, 9), end - state);
                Span<byte> part = forged.AsSpan(random.Next(state, end - length + 1), length);
                if (random.Next(2) == 0)
                    random.NextBytes(part);
                else
                    part.Fill((byte)(random.Next(2) * 0xFF));
            }
            Sign(forged);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                session.Restore(new MemoryStream(forged));
            }
            catch (InvalidDataException)
            {
                refused++;
                Assert.Equal(0, session.SliceCount);
            }
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000, $"seed {seed}");
            for (int slice = 0; slice < 3 && session.Push(events.AsSpan(300), out _); slice++)
            {
                foreach (float score in session.Scores)
                    Assert.InRange(score, 0, 1);
            }
        }
        Assert.InRange(refused, 40, 390);
    }

    /// <summary>Pushes events in chunks; after each, and after each slice, another session may take over.</summary>
    /// <returns>What the session was like after each slice.</returns>
    private static List<string> Play(
        EventStreamSession session, PolarityEvent[] events, int chunk, Func<EventStreamSession, EventStreamSession> takeOver)
    {
        var slices = new List<string>();
        for (int start = 0; start < events.Length; start += Math.Min(chunk, events.Length - start))
        {
            ReadOnlySpan<PolarityEvent> part = events.AsSpan(start, Math.Min(chunk, events.Length - start));
            while (session.Push(part, out int consumed))
            {
                part = part[consumed..];
                // Events outside, and those that wait, are taken when a chunk ends.
                slices.Add(Describe(session, isWhole: false));
                session = takeOver(session);
            }
            session = takeOver(session);
        }
        while (session.AdvanceTo(events[^1].TimeMicroseconds + 400))
        {
            slices.Add(Describe(session, isWhole: false));
            session = takeOver(session);
        }
        slices.Add($"outside {session.EventsOutside}");
        return slices;
    }

    private static string Describe(EventStreamSession session) => Describe(session, isWhole: true);

    private static string Describe(EventStreamSession session, bool isWhole)
    {
        if (session.SliceCount == 0)
            return "no slice";
        var fired = session.SpikingLayers.Select(layer =>
        {
            var spikes = new bool[layer.NeuronCount];
            session.CopySpikes(layer.Name, spikes);
            return string.Concat(spikes.Select(spike => spike ? '1' : '0'));
        });
        return $"{session.SliceCount}, {session.IsComplete}, {(isWhole ? session.EventsOutside : 0)}, "
            + $"{string.Join(' ', session.Scores.ToArray().Select(BitConverter.SingleToInt32Bits))}, {string.Join(' ', fired)}";
    }

    private static byte[] Save(EventStreamSession session)
    {
        using var stream = new MemoryStream();
        session.Save(stream);
        return stream.ToArray();
    }

    private static EventStreamSession Restored(SpikingNetwork network, byte[] snapshot)
    {
        EventStreamSession session = Session(network);
        session.Restore(new MemoryStream(snapshot));
        return session;
    }

    private static string Refused(EventStreamSession session, byte[] snapshot)
    {
        session.Push(EventFiles.Make(300), out _);
        string message = Assert.Throws<InvalidDataException>(() => session.Restore(new MemoryStream(snapshot))).Message;
        Assert.Equal(0, session.SliceCount);
        return message;
    }

    private static int StateAt(byte[] snapshot) =>
        DescriptionLengthAt + 2 + BinaryPrimitives.ReadUInt16LittleEndian(snapshot.AsSpan(DescriptionLengthAt)) + sizeof(uint);

    /// <summary>Makes the checksum of the state right, where it ends as it did.</summary>
    private static void Sign(byte[] snapshot)
    {
        Span<byte> state = snapshot.AsSpan(StateAt(snapshot));
        BinaryPrimitives.WriteUInt32LittleEndian(state[^sizeof(uint)..], Checksum.Of(state[..^sizeof(uint)]));
    }

    private static SpikingNetwork Network(bool isQuantized = false, int maxSpikes = 1, int seed = 4)
    {
        var shape = new RandomGraphs.Shape(
            2, EventModel.Size, EventModel.Size, 20, 3, 2, EventModel.TimeSteps, InputHasTimeSteps: true);
        var network = new SpikingNetwork(RandomGraphs.Create(shape, seed, maxSpikes));
        return isQuantized ? network.Quantize() : network;
    }

    private static EventStreamSession Session(
        SpikingNetwork network, EventSlicingKind slicing = EventSlicingKind.FixedCount, bool isFiltered = false, int? window = null)
    {
        // Filters leave a third of the events.
        EventSlicing cut = slicing == EventSlicingKind.FixedCount
            ? EventSlicing.FixedCount(isFiltered ? 15 : 50) : EventModel.Slicing(slicing);
        EventFramingOptions options = EventModel.FramingOptions(cut);
        if (isFiltered)
        {
            TimeSpan constant = TimeSpan.FromMicroseconds(400);
            options = options with { Filters = _filters, Accumulation = EventAccumulation.TimeSurface(constant) };
        }
        return new(network, new(options), new() { WindowSlices = window });
    }
}
