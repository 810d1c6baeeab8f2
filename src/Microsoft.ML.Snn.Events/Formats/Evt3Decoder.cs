using System.Buffers.Binary;
using System.Numerics;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// Prophesee EVT 3.0 (docs.prophesee.ai, "EVT 3.0 Format"): a text header, then little-endian 16-bit words, of which bits 15..12 are the
/// type; row, base column and time hold until the next word that changes them. Events before the first TIME_HIGH have no time and are
/// dropped, as Prophesee's own decoder does.
/// </summary>
internal sealed class Evt3Decoder : RecordDecoder
{
    private const int WordSize = 2;
    private const int Width = 2048;
    private const int AddressY = 0x0, AddressX = 0x2, VectorBaseX = 0x3, Vector12 = 0x4, Vector8 = 0x5, TimeLow = 0x6, Continued4 = 0x7,
        TimeHigh = 0x8, ExternalTrigger = 0xa, Others = 0xe, Continued12 = 0xf;

    // The time's upper bits; its lower 12 come from TIME_LOW.
    private WrappingClock _high = new(12);
    private bool _hasTime;
    private long _time;
    private ushort _y;
    private int? _baseX;
    private bool _vectorOn;
    // How many of a vector's pixels are already decoded, where the events were full before the vector was.
    private int _vectorDone;

    public Evt3Decoder(EventFileInput input)
        : base(input, WordSize) => PropheseeHeader.Skip(input);

    protected override int DecodeRecords(ReadOnlySpan<byte> records, Span<PolarityEvent> events, out int consumed)
    {
        int count = 0;
        int at = 0;
        for (; at < records.Length && count < events.Length && Damage is null; at += WordSize)
        {
            int word = BinaryPrimitives.ReadUInt16LittleEndian(records[at..]);
            int type = word >> 12;
            switch (type)
            {
                case AddressX:
                    if (_hasTime)
                        events[count++] = new(_time, (ushort)(word & 0x7ff), _y, (word & 0x800) != 0);
                    break;
                case AddressY:
                    _y = (ushort)(word & 0x7ff);
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
                case ExternalTrigger or Others or Continued4 or Continued12:
                    break;
                default:
                    EndDamaged($"a word has the type {type:x}, which EVT 3.0 does not define.", at);
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
        if (!_hasTime || _high.Value != before)
            _time = _high.Value << 12;
        _hasTime = true;
    }

    /// <summary>Decodes a vector's pixels; false where the events are full before its end, or it is damaged.</summary>
    private bool DecodeVector(int pixels, int length, int at, Span<PolarityEvent> events, ref int count)
    {
        if (_baseX is not { } baseX)
        {
            EndDamaged("a vector of events comes before its base column.", at);
            return false;
        }
        if (baseX + BitOperations.Log2((uint)pixels) >= Width)
        {
            EndDamaged($"a vector of events goes beyond column {Width - 1}.", at);
            return false;
        }
        for (pixels &= -1 << _vectorDone; pixels != 0 && _hasTime; pixels &= pixels - 1)
        {
            int pixel = BitOperations.TrailingZeroCount(pixels);
            if (count == events.Length)
            {
                _vectorDone = pixel;
                return false;
            }
            events[count++] = new(_time, (ushort)(baseX + pixel), _y, _vectorOn);
        }
        _vectorDone = 0;
        _baseX = baseX + length;
        return true;
    }
}
