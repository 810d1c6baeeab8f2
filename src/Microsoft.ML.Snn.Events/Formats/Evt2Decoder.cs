using System.Buffers.Binary;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// Prophesee EVT 2.0 (docs.prophesee.ai, "EVT 2.0 Format"): little-endian 32-bit words, of which bits 31..28 are the type.
/// </summary>
internal sealed class Evt2Decoder : EvtDecoder
{
    /// <summary>Types 2 to 7 and 9. Gray levels (b), optical flow (c) and inertial samples (d) are not documented, but known.</summary>
    public const int Reserved = 0b0000_0010_1111_1100;

    /// <summary>Types 0, 1 and 8.</summary>
    public const int Needed = 0b0000_0001_0000_0011;

    private const int WordSize = 4;
    private const uint Off = 0x0, On = 0x1, TimeHigh = 0x8;

    private WrappingClock _high = new(28);

    public Evt2Decoder(EventFileInput input)
        : base(input, WordSize, EventFileFormat.Evt2)
    {
        CheckTypes(WordSize, 3, Reserved, Needed, mostReserved: 0.5);
        if (Evt21Decoder.IsLikely(input.Window))
            throw new InvalidDataException("its words are those of EVT 2.1.");
    }

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
                if (HasTime)
                    events[count++] = new(time, (ushort)((word >> 11) & 0x7ff), (ushort)(word & 0x7ff), type == On);
                else
                    Drop();
            }
            else if (type == TimeHigh)
            {
                _high.Update(word & 0xfff_ffff);
                timeBase = _high.Value << 6;
                HasTime = true;
            }
        }
        consumed = at;
        return count;
    }
}
