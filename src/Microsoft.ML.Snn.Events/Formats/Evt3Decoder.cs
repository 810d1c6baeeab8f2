using System.Buffers.Binary;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// Prophesee EVT 3.0 (docs.prophesee.ai, "EVT 3.0 Format"): little-endian 16-bit words, of which bits 15..12 are the type; row, base column
/// and time hold until the next word that changes them. As in Prophesee's own decoder, events whose row or base column is not known yet,
/// because the recording was cut out of a longer one, are left out.
/// </summary>
internal sealed class Evt3Decoder : EvtDecoder
{
    private const int WordSize = 2;
    private const int AddressY = 0x0, MonitorY = 0x1, AddressX = 0x2, VectorBaseX = 0x3, Vector12 = 0x4, Vector8 = 0x5, TimeLow = 0x6,
        TimeHigh = 0x8;

    /// <summary>Types 1, 9 and b to d. Some cameras fill their packets with words of type 9.</summary>
    private const int Reserved = 0b0011_1010_0000_0010;

    /// <summary>Types 2, 4, 5 and 8.</summary>
    private const int Needed = 0b0000_0001_0011_0100;

    // The time's upper bits; its lower 12 come from TIME_LOW.
    private WrappingClock _high = new(12);
    private long _time;
    private ushort? _y;
    private int? _baseX;
    private bool _vectorOn;

    public Evt3Decoder(EventFileInput input)
        : base(input, WordSize, EventFileFormat.Evt3) =>
        CheckTypes(WordSize, 1, Reserved, Needed, mostReserved: 0.25, padding: [0x99, 0x99]);

    protected override int DecodeRecords(ReadOnlySpan<byte> records, Span<PolarityEvent> events, out int consumed)
    {
        int count = 0;
        int at = 0;
        for (; at < records.Length && count < events.Length; at += WordSize)
        {
            int word = BinaryPrimitives.ReadUInt16LittleEndian(records[at..]);
            int type = word >> 12;
            switch (type)
            {
                case AddressX:
                    if (!HasTime)
                        Drop();
                    else if (_y is { } y)
                        events[count++] = new(_time, (ushort)(word & 0x7ff), y, (word & 0x800) != 0);
                    break;
                case AddressY:
                    _y = (ushort)(word & 0x7ff);
                    break;
                case MonitorY:
                    // Its columns are those of gray levels, until the next row.
                    _y = null;
                    break;
                case Vector12 or Vector8:
                    if (!DecodeVector(word & (type == Vector12 ? 0xfff : 0xff), type == Vector12 ? 12 : 8, at, events, ref count))
                    {
                        consumed = at;
                        return count;
                    }
                    break;
                case VectorBaseX:
                    _baseX = word & 0x7ff;
                    _vectorOn = (word & 0x800) != 0;
                    break;
                case TimeLow:
                    _time = (_high.Value << 12) + (word & 0xfff);
                    break;
                case TimeHigh:
                    UpdateHigh((uint)word & 0xfff);
                    break;
            }
        }
        consumed = at;
        return count;
    }

    private void UpdateHigh(uint high)
    {
        long before = _high.Value;
        _high.Update(high);
        // TIME_HIGH is repeated every few microseconds; only one that changes starts the lower bits anew.
        if (!HasTime || _high.Value != before)
            _time = _high.Value << 12;
        HasTime = true;
    }

    /// <summary>Decodes a vector's pixels; false where the events are full before its end, or it is damaged.</summary>
    private bool DecodeVector(int pixels, int length, int at, Span<PolarityEvent> events, ref int count)
    {
        if (!HasTime)
            Drop();
        if (_baseX is not { } baseX)
            return true;
        if (HasTime && _y is { } y && !DecodePixels((uint)pixels, new(_time, (ushort)baseX, y, _vectorOn), at, events, ref count))
            return false;
        _baseX = baseX + length;
        return true;
    }
}
