using System.Runtime.InteropServices;
using Microsoft.ML.Snn;
using StreamCluster.Messages;

namespace StreamCluster.Load;

/// <summary>The scores of one session in this process that nothing interrupts, to compare those of the cluster with.</summary>
/// <param name="session">A session that is cut as the cluster's are.</param>
/// <param name="source">The camera's events.</param>
/// <param name="count">Their number.</param>
internal sealed class LocalScores(EventStreamSession session, SimulatedEvents source, long count)
{
    private const int Packet = 1000;

    // Those that can still come, with the number of the event behind each slice.
    private readonly List<(long End, float[] Scores)> _kept = [];
    private long _read, _forgotten;

    private long SliceCount => _forgotten + _kept.Count;

    /// <summary>Whether a slice's scores are equal to the last bit.</summary>
    public bool Matches(SliceScores slice)
    {
        while (SliceCount < slice.Slice && Advance())
        {
        }
        return slice.Slice > _forgotten && slice.Slice <= SliceCount && MemoryMarshal.AsBytes(slice.Scores.AsSpan())
            .SequenceEqual(MemoryMarshal.AsBytes(_kept[(int)(slice.Slice - _forgotten) - 1].Scores.AsSpan()));
    }

    /// <summary>Forgets the scores that do not come again.</summary>
    /// <param name="stored">The number up to which events are in a snapshot, from which slices may be scored again.</param>
    /// <param name="received">The number of slices whose scores have come.</param>
    public void Forget(long stored, long received)
    {
        int count = 0;
        while (count < _kept.Count && _forgotten + count < received && _kept[count].End < stored)
            count++;
        _kept.RemoveRange(0, count);
        _forgotten += count;
    }

    /// <summary>The number of slices that all events complete.</summary>
    public long CountSlices()
    {
        while (Advance())
        {
        }
        return SliceCount;
    }

    private bool Advance()
    {
        var packet = new PolarityEvent[Math.Min(Packet, count - _read)];
        if (packet.Length == 0)
            return false;
        source.Read(_read, packet);
        ReadOnlySpan<PolarityEvent> events = packet;
        while (session.Push(events, out int consumed))
        {
            events = events[consumed..];
            _read += consumed;
            _kept.Add((_read, session.Scores.ToArray()));
        }
        _read += events.Length;
        return true;
    }
}
