using System.Globalization;
using System.Text;
using Microsoft.ML.Snn.Engine.Format;
using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Events.Snapshots;

namespace Microsoft.ML.Snn;

public sealed partial class EventStreamSession
{
    // "SNNS"
    private const uint SnapshotMark = 0x534E4E53;

    private const ushort SnapshotVersion = 1;

    private const int LongestDescription = 500;

    // So that no sum with a count from a snapshot wraps around.
    private const long MostCounted = 1L << 62;

    /// <summary>All that decides what becomes of events; two sessions with the same may go on from each other's snapshots.</summary>
    private string Description => field ??= string.Create(
        CultureInfo.InvariantCulture,
        $"frames [{string.Join(", ", _framing.Shape.Skip(1))}] of {_framing.SensorHeight} x {_framing.SensorWidth} pixels, "
        + $"slicing {_framing.Slicing}, accumulation {_framing.Options.Accumulation}, "
        + $"filters [{string.Join(", ", _framing.Options.Filters)}], {(_window is { } slices ? $"the latest {slices}" : "all")} slices");

    /// <summary>
    /// Writes all that the session knows of its stream, in the middle of a slice too, so that one that is <see cref="Restore"/>d goes on
    /// with scores that are equal to the last bit, on any machine: about 4 bytes a neuron, and what has happened at the pixels since the
    /// slice began. Neither the network nor the framing is in it. The session stays as it is.
    /// </summary>
    /// <param name="stream">Takes the snapshot, and is left open. Several may follow each other in one.</param>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var writer = new SnapshotWriter(stream);
        byte[] description = Encoding.UTF8.GetBytes(Shorten(Description));
        writer.Write(SnapshotMark);
        writer.Write(SnapshotVersion);
        writer.Write(Network.Fingerprint);
        writer.Write(ChecksumOf(Description));
        writer.Write((ushort)description.Length);
        writer.Write(description);
        writer.EndSection();

        writer.Write(SliceCount);
        writer.Write(EventsOutside);
        writer.Write(_firstTime is not null);
        writer.Write(_firstTime ?? 0);
        writer.Write(_hasStarted);
        writer.Write(_slice);
        writer.Write(_eventsInSlice);
        writer.Write(_hasPending);
        if (_hasPending)
            SaveEvent(writer, _pending[0]);
        SaveFrame(writer);
        _surface?.Save(writer);
        _filters?.Save(writer);
        if (SliceCount > 0)
        {
            _mean.Save(writer);
            SaveNeurons(writer);
        }
        writer.EndSection();
    }

    /// <summary>
    /// Goes on with the stream of which another session over the same network, or this one, has saved a snapshot: what the session knew
    /// before is forgotten. The number of threads may be another. Where the snapshot is refused, the session is as after
    /// <see cref="Reset"/>.
    /// </summary>
    /// <remarks>
    /// Snapshots of strangers are refused or lead to a session like any other; they take no memory beyond the session's own.
    /// <code>
    /// SpikingNetwork network = SpikingNetwork.Load("model.zip");
    /// var framing = new EventFraming(new()
    /// {
    ///     Height = network.InputShape[2], Width = network.InputShape[3], TimeSteps = network.TimeSteps,
    ///     Slicing = EventSlicing.FixedCount(500),
    /// });
    /// var session = new EventStreamSession(network, framing);
    /// session.Push(EventRecording.Load("recording.raw").Events.Span[..800], out _);
    /// using var snapshot = new MemoryStream();
    /// session.Save(snapshot);
    ///
    /// snapshot.Position = 0;
    /// var later = new EventStreamSession(network, framing);
    /// later.Restore(snapshot);
    /// </code>
    /// </remarks>
    /// <param name="stream">Gives the snapshot, is read to its end and not beyond, and is left open.</param>
    /// <exception cref="InvalidDataException">
    /// It is no snapshot, is damaged or of a newer version, or is one of another network or of a session with another framing or other
    /// options; the message says which, and what to do.
    /// </exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public void Restore(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Reset();
        bool isComplete = false;
        try
        {
            var reader = new SnapshotReader(stream);
            ReadHeader(reader);
            ReadState(reader);
            isComplete = true;
        }
        finally
        {
            if (!isComplete)
                Reset();
        }
    }

    private void ReadHeader(SnapshotReader reader)
    {
        if (reader.ReadUInt32() != SnapshotMark)
            throw new InvalidDataException($"This is no snapshot: its first bytes are not those that {nameof(Save)} writes.");
        ushort version = reader.ReadUInt16();
        if (version != SnapshotVersion)
        {
            throw version > SnapshotVersion
                ? new InvalidDataException(
                    $"The snapshot has format {version}; this version of Microsoft.ML.Snn reads up to {SnapshotVersion}. Use a newer one.")
                : SnapshotReader.Damaged($"there is no format {version}");
        }
        ulong fingerprint = reader.ReadUInt64();
        uint framing = reader.ReadUInt32();
        int length = reader.ReadUInt16();
        if (length > LongestDescription)
            throw SnapshotReader.Damaged("the description of its framing is too long");
        byte[] description = new byte[length];
        reader.Read(description);
        reader.EndSection("header");
        if (fingerprint != Network.Fingerprint)
        {
            throw new InvalidDataException(
                $"The snapshot is one of another network ({fingerprint:x16}) than the session's ({Network.Fingerprint:x16}): restore it "
                + "with the model that the saved session ran, or let the stream start over with the new one.");
        }
        if (framing != ChecksumOf(Description))
        {
            throw new InvalidDataException(
                $"The snapshot is one of a session with {Encoding.UTF8.GetString(description)}, and this one has "
                + $"{Shorten(Description)}: make the session with the framing and the options of the one that was saved.");
        }
    }

    private void ReadState(SnapshotReader reader)
    {
        SliceCount = reader.ReadInt64(0, MostCounted, "the number of slices");
        EventsOutside = reader.ReadInt64(0, MostCounted, "the number of events outside");
        bool hasFirst = reader.ReadBoolean();
        long first = reader.ReadInt64();
        _firstTime = hasFirst ? first : null;
        _hasStarted = reader.ReadBoolean();
        if (_hasStarted && !hasFirst)
            throw SnapshotReader.Damaged("slices have begun before the first event");
        long mostSlices = !hasFirst ? 0
            : _framing.Slicing.Kind == EventSlicingKind.AtTimes ? Math.Min(SliceCount, _framing.TimeSteps) : SliceCount;
        _slice = reader.ReadInt64(0, mostSlices, "the number of slices since the first event");
        _eventsInSlice = reader.ReadInt64(0, (_framing.Slicing.Events ?? MostCounted) - 1, "the number of events in a slice");
        _hasPending = reader.ReadBoolean();
        if (_hasPending)
        {
            if (_filters is null)
                throw SnapshotReader.Damaged("an event waits, and there are no filters");
            _pending[0] = ReadEvent(reader);
        }
        ReadFrame(reader);
        _surface?.Restore(reader, _hasStarted && !IsComplete ? SliceLast : long.MaxValue);
        _filters?.Restore(reader);
        if (SliceCount > 0)
        {
            _mean.Restore(reader, SliceCount);
            ReadNeurons(reader);
            _run.Continue();
            Softmax.Apply(_mean.Read(), _scores);
        }
        reader.EndSection("state");
    }

    private static void SaveEvent(SnapshotWriter writer, in PolarityEvent e)
    {
        writer.Write(e.TimeMicroseconds);
        writer.Write(e.X);
        writer.Write(e.Y);
        writer.Write(e.IsOn);
    }

    private static PolarityEvent ReadEvent(SnapshotReader reader) =>
        new(reader.ReadInt64(), reader.ReadUInt16(), reader.ReadUInt16(), reader.ReadBoolean());

    /// <summary>The elements of the slice that has begun, but for zeros: how far each is from the one before, and its value.</summary>
    private void SaveFrame(SnapshotWriter writer)
    {
        writer.Write(_frame.Length - _frame.AsSpan().Count(0));
        int next = 0;
        for (int i = 0; i < _frame.Length; i++)
        {
            if (_frame[i] == 0)
                continue;
            writer.WriteCompact((ulong)(i - next));
            writer.Write(_frame[i]);
            next = i + 1;
        }
    }

    private void ReadFrame(SnapshotReader reader)
    {
        int next = 0;
        for (int count = reader.ReadInt32(); count != 0; count--)
        {
            ulong gap = reader.ReadCompact();
            if (count < 0 || gap >= (ulong)(_frame.Length - next))
                throw SnapshotReader.Damaged("an event is outside the frame");
            next += (int)gap;
            _frame[next++] = reader.ReadSingle("an element of a frame");
        }
    }

    /// <summary>Of each layer with neurons: membrane potentials [H, W, C], spikes [slots, H, W, bytes].</summary>
    private void SaveNeurons(SnapshotWriter writer)
    {
        for (int layer = 0; layer < _run.Layers.Length; layer++)
        {
            if (_run.Layers[layer].Threshold is null)
                continue;
            SpikingLayerShape shape = _run.Layers[layer].Shape;
            for (int pixel = 0; pixel < shape.Height * shape.Width; pixel++)
                writer.Write(_run.Potentials(layer, pixel));
            int words = SpikeBits.WordsFor(shape.Channels);
            ReadOnlySpan<ulong> spikes = _run.SpikesOf(layer);
            for (int i = 0; i < spikes.Length; i++)
            {
                int bits = Math.Min(64, shape.Channels - i % words * 64);
                for (int bit = 0; bit < bits; bit += 8)
                    writer.Write((byte)(spikes[i] >> bit));
            }
        }
    }

    private void ReadNeurons(SnapshotReader reader)
    {
        for (int layer = 0; layer < _run.Layers.Length; layer++)
        {
            if (_run.Layers[layer].Threshold is null)
                continue;
            SpikingLayerShape shape = _run.Layers[layer].Shape;
            for (int pixel = 0; pixel < shape.Height * shape.Width; pixel++)
            {
                foreach (ref float potential in _run.Potentials(layer, pixel))
                    potential = reader.ReadSingle("a membrane potential");
            }
            int words = SpikeBits.WordsFor(shape.Channels);
            Span<ulong> spikes = _run.SpikesOf(layer);
            for (int i = 0; i < spikes.Length; i++)
            {
                int bits = Math.Min(64, shape.Channels - i % words * 64);
                ulong word = 0;
                for (int bit = 0; bit < bits; bit += 8)
                    word |= (ulong)reader.ReadByte() << bit;
                if (bits < 64 && word >> bits != 0)
                    throw SnapshotReader.Damaged("a channel fires that there is not");
                spikes[i] = word;
            }
        }
    }

    private static string Shorten(string description) =>
        description.Length <= LongestDescription ? description : description[..(LongestDescription - 3)] + "...";

    private static uint ChecksumOf(string text) => Checksum.Of(Encoding.UTF8.GetBytes(text));
}
