using System.Buffers.Binary;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// AEDAT 2.0, of jAER (docs.inivation.com, "AEDAT 2.0"): lines that start with '#', then big-endian records of a 32-bit address, whose
/// meaning depends on the camera, and a 32-bit time in microseconds. Rows and columns are the address's own, not turned round.
/// </summary>
internal sealed class Aedat2Decoder : RecordDecoder
{
    private const string ChipKey = "# AEChip:";

    /// <summary>
    /// Bit 15 is an external event. ON is a cleared bit 0: so write jAER's DVS128 class and the camera itself, though the format's page
    /// says the opposite.
    /// </summary>
    private static readonly AddressLayout _dvs128 = new(Skip: 0x8000, XShift: 1, XMask: 0x7f, YShift: 8, YMask: 0x7f, Polarity: 1, On: 0);

    /// <summary>Bit 31 is a frame or inertial sample, bit 10 a special event.</summary>
    private static readonly AddressLayout _davis =
        new(Skip: 0x8000_0400, XShift: 12, XMask: 0x3ff, YShift: 22, YMask: 0x1ff, Polarity: 0x800, On: 0x800);

    private readonly AddressLayout _layout = _dvs128;
    private WrappingClock _clock = new(32);

    public Aedat2Decoder(EventFileInput input)
        : base(input, 8)
    {
        while (input.TryReadHeaderLine("#"u8, out string line))
        {
            if (line.StartsWith(ChipKey, StringComparison.Ordinal))
                _layout = LayoutOf(line[ChipKey.Length..].Trim());
        }
    }

    protected override int DecodeRecords(ReadOnlySpan<byte> records, Span<PolarityEvent> events, out int consumed)
    {
        // In locals: the compiler cannot know that writing events leaves fields alone.
        (uint skip, int xShift, uint xMask, int yShift, uint yMask, uint polarity, uint on) = _layout;
        WrappingClock clock = _clock;
        int count = 0;
        int at = 0;
        for (; at < records.Length && count < events.Length; at += 8)
        {
            ulong record = BinaryPrimitives.ReadUInt64BigEndian(records[at..]);
            uint address = (uint)(record >> 32);
            if ((address & skip) != 0)
                continue;
            clock.Update((uint)record);
            ushort x = (ushort)((address >> xShift) & xMask);
            ushort y = (ushort)((address >> yShift) & yMask);
            events[count++] = new(clock.Value, x, y, (address & polarity) == on);
        }
        _clock = clock;
        consumed = at;
        return count;
    }

    private static AddressLayout LayoutOf(string chip)
    {
        // The name of jAER's class, such as eu.seebetter.ini.chips.davis.DAVIS240C.
        string name = chip[(chip.LastIndexOf('.') + 1)..];
        if (name.StartsWith("DVS128", StringComparison.OrdinalIgnoreCase) || name.Equals("Tmpdiff128", StringComparison.OrdinalIgnoreCase))
            return _dvs128;
        if (name.StartsWith("DAVIS", StringComparison.OrdinalIgnoreCase) || name.StartsWith("SBRet", StringComparison.OrdinalIgnoreCase))
            return _davis;
        throw new NotSupportedException($"AEDAT 2.0 of the camera {chip} cannot be read, only that of DAVIS cameras and the DVS128.");
    }

    private sealed record AddressLayout(uint Skip, int XShift, uint XMask, int YShift, uint YMask, uint Polarity, uint On);
}
