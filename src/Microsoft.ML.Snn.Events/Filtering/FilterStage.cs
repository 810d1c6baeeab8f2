using Microsoft.ML.Snn.Events.Snapshots;

namespace Microsoft.ML.Snn.Events.Filtering;

/// <summary>A filter at work on one recording or stream; what it must know of the events so far is its state.</summary>
internal abstract class FilterStage
{
    /// <summary>For a filter that must see the whole recording: all events that will come.</summary>
    public virtual void Survey(ReadOnlySpan<PolarityEvent> events)
    {
    }

    /// <summary>Takes the next event, which may be moved to another pixel.</summary>
    /// <returns>Whether it is kept.</returns>
    public abstract bool Keep(ref PolarityEvent e);

    /// <summary>Forgets all events so far.</summary>
    public virtual void Reset()
    {
    }

    /// <summary>Writes what it knows of the events so far.</summary>
    public virtual void Save(SnapshotWriter writer)
    {
    }

    /// <summary>Reads what <see cref="Save"/> writes.</summary>
    public virtual void Restore(SnapshotReader reader)
    {
    }
}
