using System.Buffers.Binary;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// Prophesee EVT 2.0 (docs.prophesee.ai, "EVT 2.0 Format"): a text header, then little-endian 32-bit words, of which bits 31..28 are the
/// type. Events before the first time word have no time and are dropped, as Prophesee's own decoder does.
/// </summary>
internal sealed class Evt2Decoder : RecordDecoder
{
    private const int WordSize = 4;
    private const uint Off = 0x0, On = 0x1, TimeHigh = 0x8, ExternalTrigger = 0xa, Others = 0xe, Continued = 0xf;

    private WrappingClock _high = new(28);
    private bool _hasTime;

    public Evt2Decoder(EventFileInput input)
        : base(input, WordSize) => PropheseeHeader.Skip(input);

    protected override int DecodeRecords(ReadOnlySpan<byte> records, Span<PolarityEvent> events, out int consumed)
    {
        long timeBase = _high.Value << 6;
        int count = 0;
        int at = 0;
        for (; at < records.Length && count < events.Length; at += WordSize)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(records[at..]);
            uint type = word >> 28;
            if (type is Off or On)
            {
                long time = timeBase + ((word >> 22) & 0x3f);
                if (_hasTime)
                    events[count++] = new(time, (ushort)((word >> 11) & 0x7ff), (ushort)(word & 0x7ff), type == On);
            }
            else if (type == TimeHigh)
            {
                _high.Update(word & 0xfff_ffff);
                timeBase = _high.Value << 6;
                _hasTime = true;
            }
            else if (type is not (ExternalTrigger or Others or Continued))
            {
                EndDamaged($"a word has the type {type:x}, which EVT 2.0 does not define.", at);
                break;
            }
        }
        consumed = at;
        return count;
    }
}
