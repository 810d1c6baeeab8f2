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

    private readonly List<float[]> _scores = [];
    private long _read;

    /// <summary>Whether a slice's scores are equal to the last bit.</summary>
    public bool Matches(SliceScores slice)
    {
        while (_scores.Count < slice.Slice && Advance())
        {
        }
        return slice.Slice >= 1 && slice.Slice <= _scores.Count && MemoryMarshal.AsBytes(slice.Scores.AsSpan())
            .SequenceEqual(MemoryMarshal.AsBytes(_scores[(int)slice.Slice - 1].AsSpan()));
    }

    /// <summary>The number of slices that all events complete.</summary>
    public long CountSlices()
    {
        while (Advance())
        {
        }
        return _scores.Count;
    }

    private bool Advance()
    {
        var packet = new PolarityEvent[Math.Min(Packet, count - _read)];
        if (packet.Length == 0)
            return false;
        source.Read(_read, packet);
        _read += packet.Length;
        for (ReadOnlySpan<PolarityEvent> events = packet; session.Push(events, out int consumed); events = events[consumed..])
            _scores.Add(session.Scores.ToArray());
        return true;
    }
}
