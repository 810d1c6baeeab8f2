using System.Buffers.Binary;
using Microsoft.ML.Snn;
using StreamCluster.Messages;

namespace StreamCluster.Streams;

/// <summary>The rules of a stream: events in their order, each exactly once, and no scores lost on the way to the sender.</summary>
/// <param name="session">Scores the events.</param>
internal sealed class CameraStream(EventStreamSession session)
{
    /// <summary>The most events of a batch.</summary>
    public const int MostEvents = 1 << 16;

    /// <summary>The most slices of an answer, whose batch may then be taken in part.</summary>
    public const int MostSlices = 1000;

    // Scores that the sender may not have: an answer can be lost.
    private readonly List<SliceScores> _kept = [];

    /// <summary>The number of the event that is expected next.</summary>
    public long Expected { get; private set; }

    public long SliceCount => session.SliceCount;

    /// <summary>Takes what is new of a batch.</summary>
    /// <exception cref="StreamRefusedException">The batch is none.</exception>
    public (BatchOutcome Outcome, SliceScores[] Slices) Take(EventBatch batch)
    {
        Check(batch);
        if (batch.First > Expected)
            return (BatchOutcome.Gap, []);
        _kept.RemoveAll(slice => slice.Slice <= batch.ReceivedSlices);
        List<SliceScores> slices = [.. _kept];
        long known = Expected - batch.First;
        int count = batch.Events.Length / EventBytes.Length;
        // One without events, of what comes next, is taken: slices may wait that an answer had no room for.
        if (known > 0 && known >= count)
            return (BatchOutcome.Repeated, [.. slices]);

        ReadOnlySpan<PolarityEvent> events = EventBytes.Read(batch.Events.AsSpan((int)known * EventBytes.Length));
        while (slices.Count < MostSlices)
        {
            bool isScored = session.Push(events, out int consumed);
            events = events[consumed..];
            Expected += consumed;
            if (!isScored)
                break;
            var scores = new SliceScores(session.SliceCount, session.Scores.ToArray());
            slices.Add(scores);
            if (scores.Slice > batch.ReceivedSlices)
                _kept.Add(scores);
        }
        return (BatchOutcome.Taken, [.. slices]);
    }

    /// <summary>Forgets all: the next event is number 0.</summary>
    public void StartOver()
    {
        session.Reset();
        _kept.Clear();
        Expected = 0;
    }

    /// <summary>Writes all that the stream knows: the next number, the scores that it keeps, the session.</summary>
    public void Save(Stream stream)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        Write(stream, number, Expected);
        Write(stream, number, _kept.Count);
        foreach (SliceScores slice in _kept)
        {
            Write(stream, number, slice.Slice);
            foreach (float score in slice.Scores)
            {
                BinaryPrimitives.WriteSingleLittleEndian(number, score);
                stream.Write(number[..sizeof(float)]);
            }
        }
        session.Save(stream);
    }

    /// <summary>Goes on from what <see cref="Save"/> has written; where it is refused, the stream has started over.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or of another network or another slicing; the message says which.</exception>
    public void Restore(Stream stream)
    {
        StartOver();
        Span<byte> number = stackalloc byte[sizeof(long)];
        try
        {
            long expected = Read(stream, number), kept = Read(stream, number);
            if (expected < 0 || kept is < 0 or > MostSlices)
                throw new InvalidDataException("The snapshot is damaged: its numbers cannot be.");
            for (long i = 0; i < kept; i++)
            {
                long slice = Read(stream, number);
                float[] scores = new float[session.Network.ClassCount];
                foreach (ref float score in scores.AsSpan())
                {
                    stream.ReadExactly(number[..sizeof(float)]);
                    score = BinaryPrimitives.ReadSingleLittleEndian(number);
                }
                _kept.Add(new(slice, scores));
            }
            session.Restore(stream);
            Expected = expected;
        }
        catch (EndOfStreamException e)
        {
            StartOver();
            throw new InvalidDataException("The snapshot is damaged: it ends too early.", e);
        }
        catch (InvalidDataException)
        {
            StartOver();
            throw;
        }
    }

    private static void Check(EventBatch batch)
    {
        int count = batch.Events.Length / EventBytes.Length;
        if (batch.Events.Length % EventBytes.Length != 0)
            throw new StreamRefusedException($"A batch has {batch.Events.Length} bytes: an event has {EventBytes.Length}.");
        if (count > MostEvents)
            throw new StreamRefusedException($"A batch has {count} events: {MostEvents} are the most.");
        if (batch.First < 0 || batch.ReceivedSlices < 0)
            throw new StreamRefusedException("The number of an event, and that of slices, is 0 at least.");
    }

    private static void Write(Stream stream, Span<byte> number, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        stream.Write(number);
    }

    private static long Read(Stream stream, Span<byte> number)
    {
        stream.ReadExactly(number);
        return BinaryPrimitives.ReadInt64LittleEndian(number);
    }
}
