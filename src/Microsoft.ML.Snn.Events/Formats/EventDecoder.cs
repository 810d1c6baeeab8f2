using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>What is wrong with a file; Position is the offset in bytes, where it is known.</summary>
internal sealed record EventDamage(string What, long? Position);

/// <summary>
/// Decodes one format. Constructors read the header; they throw <see cref="InvalidDataException"/> where it is damaged and
/// <see cref="NotSupportedException"/> where it announces a variant that cannot be read.
/// </summary>
internal abstract class EventDecoder(EventFileInput input) : IDisposable
{
    /// <summary>Times beyond it, 73,000 years of microseconds, are damage; differences within it cannot overflow.</summary>
    public const long LatestTime = 1L << 61;

    /// <summary>Why decoding ended before the end of the file; null where it did not.</summary>
    public EventDamage? Damage { get; private set; }

    protected EventFileInput Input { get; } = input;

    /// <summary>Writes the next events from the start of the span, as many as fit; fewer, or none, at the end or at damage.</summary>
    public abstract int Decode(Span<PolarityEvent> events);

    public virtual void Dispose()
    {
    }

    /// <summary>Notes damage at an offset from the input's position.</summary>
    protected void EndDamaged(string what, int offset = 0) => EndDamagedAt(Input.Position + offset, what);

    /// <summary>Notes damage at an offset from the file's start.</summary>
    protected void EndDamagedAt(long position, string what) => Damage = new(what, position);

    /// <summary>Notes damage that was found within a part of the file.</summary>
    protected void End(EventDamage damage) => Damage = damage;

    /// <summary>Notes that the file ends too early, or cannot be decompressed.</summary>
    protected void EndTruncated(string within) => EndDamaged(Input.Corruption ?? $"the file ends within {within}.");
}

/// <summary>A format that, after its header, is a sequence of records of one size.</summary>
internal abstract class RecordDecoder(EventFileInput input, int recordSize) : EventDecoder(input)
{
    public sealed override int Decode(Span<PolarityEvent> events)
    {
        int count = 0;
        while (count < events.Length && Damage is null)
        {
            if (!Input.Fill(recordSize))
            {
                if (Input.Window.Length > 0 || Input.Corruption is not null)
                    EndTruncated("an event");
                else
                    AtEnd();
                break;
            }
            ReadOnlySpan<byte> window = Input.Window;
            count += DecodeRecords(window[..(window.Length / recordSize * recordSize)], events[count..], out int consumed);
            Input.Advance(consumed);
        }
        return count;
    }

    /// <summary>Notes, once all records are decoded, what is wrong with the recording as a whole.</summary>
    protected virtual void AtEnd()
    {
    }

    /// <summary>Decodes records until they end, the events are full, or one is damaged.</summary>
    /// <returns>The number of events written.</returns>
    protected abstract int DecodeRecords(ReadOnlySpan<byte> records, Span<PolarityEvent> events, out int consumed);
}
