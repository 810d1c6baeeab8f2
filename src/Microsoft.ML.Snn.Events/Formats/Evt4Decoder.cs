using System.Buffers.Binary;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// Prophesee EVT 4, after OpenEB's decoder: little-endian 32-bit words, of which bits 31..28 are the type. A word of a vector is followed
/// by one with a bit for each of 32 pixels.
/// </summary>
internal sealed class Evt4Decoder : EvtDecoder
{
    private const int WordSize = 4;

    /// <summary>Types 0 to 5 and 8. The pixels of vectors look like any type.</summary>
    private const int Reserved = 0b0000_0001_0011_1111;

    /// <summary>Types a to e.</summary>
    private const int Needed = 0b0111_1100_0000_0000;
    private const uint Off = 0xa, On = 0xb, VectorOff = 0xc, VectorOn = 0xd, TimeHigh = 0xe;

    private WrappingClock _high = new(28);
    // The word of a vector whose pixels come next.
    private uint? _vector;

    public Evt4Decoder(EventFileInput input)
        : base(input, WordSize, EventFileFormat.Evt4) => CheckTypes(WordSize, 3, Reserved, Needed, mostReserved: 0.5);

    protected override int DecodeRecords(ReadOnlySpan<byte> records, Span<PolarityEvent> events, out int consumed)
    {
        int count = 0;
        int at = 0;
        for (; at < records.Length && count < events.Length; at += WordSize)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(records[at..]);
            if (_vector is { } vector)
            {
                if (HasTime && !DecodePixels(word, EventOf(vector), at, events, ref count))
                    break;
                _vector = null;
                continue;
            }
            switch (word >> 28)
            {
                case Off or On:
                    if (HasTime)
                        events[count++] = EventOf(word);
                    else
                        Drop();
                    break;
                case VectorOff or VectorOn:
                    _vector = word;
                    if (!HasTime)
                        Drop();
                    break;
                case TimeHigh:
                    _high.Update(word & 0xfff_ffff);
                    HasTime = true;
                    break;
            }
        }
        consumed = at;
        return count;
    }

    protected override void AtEnd()
    {
        if (_vector is not null)
            EndTruncated("a vector of events");
        else
            base.AtEnd();
    }

    private PolarityEvent EventOf(uint word) => new(
        (_high.Value << 6) + ((word >> 22) & 0x3f), (ushort)((word >> 11) & 0x7ff), (ushort)(word & 0x7ff), (word >> 28 & 1) != 0);
}
