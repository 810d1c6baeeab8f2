using System.Buffers.Binary;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// Prophesee EVT 2.1 (docs.prophesee.ai, "EVT 2.1 Format"): 64-bit words, whose upper half is as a word of EVT 2.0 and whose lower half has
/// a bit for each of 32 pixels. Words are little-endian or, in the order called legacy, the upper half goes first.
/// </summary>
internal sealed class Evt21Decoder : EvtDecoder
{
    private const int WordSize = 8;
    private const uint Off = 0x0, On = 0x1, TimeHigh = 0x8;

    /// <summary>The first of Prophesee's systems that writes little-endian words; older ones have the other order.</summary>
    private const int FirstLittleEndianSystem = 0x37;

    /// <summary>Fewer time words than these prove nothing.</summary>
    private const int FewTimes = 4;

    private readonly int _upper;
    private WrappingClock _high = new(28);

    public Evt21Decoder(EventFileInput input)
        : base(input, WordSize, EventFileFormat.Evt21)
    {
        bool? isLegacy = LooksLegacy(input);
        if (Header.Endianness is { } order)
        {
            if (isLegacy is { } seen && seen != (order == "legacy"))
                throw new InvalidDataException($"its header names the order {order}, but its words are in the other.");
            isLegacy = order == "legacy";
        }
        isLegacy ??= Header.SystemId is > 0 and < FirstLittleEndianSystem;
        _upper = isLegacy.Value ? 0 : 4;
        CheckTypes(WordSize, _upper + 3, Evt2Decoder.Reserved, Evt2Decoder.Needed, mostReserved: 0.5);
        if (HasTimesAmongPixels(input.Window, _upper))
            throw new InvalidDataException("its words are those of EVT 2.0.");
    }

    /// <summary>Whether words of 32 bits are rather halves of those of EVT 2.1: each time stands beside a word of zeros.</summary>
    public static bool IsLikely(ReadOnlySpan<byte> words)
    {
        int times = 0;
        for (int at = 0; at + WordSize / 2 <= words.Length; at += WordSize / 2)
            times += words[at + 3] >> 4 == TimeHigh ? 1 : 0;
        return times >= FewTimes && 2 * Math.Max(CountTimes(words, 4), CountTimes(words, 0)) > times;
    }

    protected override int DecodeRecords(ReadOnlySpan<byte> records, Span<PolarityEvent> events, out int consumed)
    {
        int count = 0;
        int at = 0;
        for (; at < records.Length && count < events.Length; at += WordSize)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(records[(at + _upper)..]);
            uint type = word >> 28;
            if (type == TimeHigh)
            {
                _high.Update(word & 0xfff_ffff);
                HasTime = true;
            }
            else if (type is Off or On)
            {
                uint pixels = BinaryPrimitives.ReadUInt32LittleEndian(records[(at + 4 - _upper)..]);
                if (!HasTime)
                {
                    if (pixels != 0)
                        Drop();
                    continue;
                }
                long time = (_high.Value << 6) + ((word >> 22) & 0x3f);
                PolarityEvent first = new(time, (ushort)((word >> 11) & 0x7ff), (ushort)(word & 0x7ff), type == On);
                if (!DecodePixels(pixels, first, at, events, ref count))
                    break;
            }
        }
        consumed = at;
        return count;
    }

    /// <summary>
    /// The order of the words: that in which time words, whose lower half is 0, occur, and never step back. Null where neither or both do.
    /// </summary>
    private static bool? LooksLegacy(EventFileInput input)
    {
        input.Fill(EventFileInput.Capacity);
        int little = CountTimes(input.Window, 4), legacy = CountTimes(input.Window, 0);
        return little == legacy ? null : legacy > little;
    }

    /// <summary>Whether halves that ought to be pixels are words of EVT 2.0 with times close to those of the other halves.</summary>
    private static bool HasTimesAmongPixels(ReadOnlySpan<byte> words, int upper)
    {
        const int Near = 16;
        int near = 0, all = 0;
        long time = -1;
        for (int at = 0; at + WordSize <= words.Length; at += WordSize)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(words[(at + upper)..]);
            uint pixels = BinaryPrimitives.ReadUInt32LittleEndian(words[(at + 4 - upper)..]);
            if (word >> 28 == TimeHigh)
                time = word & 0xfff_ffff;
            // A single pixel, the last, looks like the time 0.
            if (pixels >> 28 != TimeHigh || pixels == TimeHigh << 28)
                continue;
            all++;
            near += time >= 0 && Math.Abs((pixels & 0xfff_ffff) - time) <= Near ? 1 : 0;
        }
        return near >= FewTimes && 2 * near > all;
    }

    private static int CountTimes(ReadOnlySpan<byte> words, int upper)
    {
        int count = 0;
        for (int at = 0; at + WordSize <= words.Length; at += WordSize)
        {
            bool isTime = words[at + upper + 3] >> 4 == TimeHigh && BinaryPrimitives.ReadUInt32LittleEndian(words[(at + 4 - upper)..]) == 0;
            count += isTime ? 1 : 0;
        }
        return count;
    }
}
