using Microsoft.ML.Snn;

namespace StreamCluster.Load;

/// <summary>The events that a camera keeps, since no snapshot knows them yet.</summary>
internal sealed class UnstoredEvents
{
    private readonly List<PolarityEvent> _events = [];

    /// <summary>The number of the first that is kept.</summary>
    public long First { get; private set; }

    /// <summary>The number behind the last one.</summary>
    public long End => First + _events.Count;

    public void Add(ReadOnlySpan<PolarityEvent> events) => _events.AddRange(events);

    /// <summary>Forgets those below a number.</summary>
    public void Forget(long stored)
    {
        int count = (int)Math.Clamp(stored - First, 0, _events.Count);
        _events.RemoveRange(0, count);
        First += count;
    }

    /// <summary>Those from a number on, at most so many.</summary>
    public PolarityEvent[] From(long number, int most)
    {
        int start = (int)(number - First);
        return [.. _events.GetRange(start, Math.Min(most, _events.Count - start))];
    }
}
