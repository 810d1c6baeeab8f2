namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>Two sequences of events, each in the order of time, as one; at the same time, those of the first come first.</summary>
internal sealed class MergedDecoder(EventFileInput input, EventDecoder first, EventDecoder second) : EventDecoder(input)
{
    private readonly Sequence _first = new(first), _second = new(second);

    public override int Decode(Span<PolarityEvent> events)
    {
        int count = 0;
        while (count < events.Length && Damage is null)
        {
            bool hasFirst = _first.Fill(), hasSecond = _second.Fill();
            // What comes after the damage in the one has no place among the events of the other.
            if (!hasFirst && first.Damage is { } damage || !hasSecond && (damage = second.Damage) is not null)
                End(damage);
            else if (hasFirst && (!hasSecond || _first.Next.TimeMicroseconds <= _second.Next.TimeMicroseconds))
                events[count++] = _first.Take();
            else if (hasSecond)
                events[count++] = _second.Take();
            else
                break;
        }
        return count;
    }

    public override void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    private sealed class Sequence(EventDecoder decoder)
    {
        private readonly PolarityEvent[] _block = new PolarityEvent[1024];
        private int _at;
        private int _end;

        public PolarityEvent Next => _block[_at];

        public bool Fill()
        {
            if (_at == _end)
                (_at, _end) = (0, decoder.Decode(_block));
            return _at < _end;
        }

        public PolarityEvent Take() => _block[_at++];
    }
}
