using System.Buffers.Binary;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// AEDAT 2.0, of jAER (docs.inivation.com, "AEDAT 2.0"): lines that start with '#', then big-endian records of a 32-bit address, whose
/// meaning depends on the camera, and a 32-bit time in microseconds. Rows and columns are the address's own, not turned round.
/// </summary>
internal sealed class Aedat2Decoder : RecordDecoder
{
    private const int RecordSize = 8;
    private const string ChipKey = "AEChip:";

    private readonly EventCameraModel _camera;
    private readonly Aedat2Address _layout;
    private WrappingClock _clock = new(32);

    public Aedat2Decoder(EventFileInput input, EventCameraModel? camera)
        : base(input, RecordSize)
    {
        AedatVersion.Check(input, "2.0");
        string? chip = null;
        while (input.TryReadHeaderLine("#"u8, out string line))
        {
            string text = line.TrimStart('#', ' ', '\t');
            if (text.StartsWith(ChipKey, StringComparison.Ordinal))
                chip = text[ChipKey.Length..].Trim();
        }
        // No polarity event of a known camera is text throughout, so this is a line whose '#' is damaged.
        if (input.Fill(RecordSize) && EventFileInput.IsPrintable(input.Window[..RecordSize]))
            throw new InvalidDataException("a line of its header does not start with '#'.");
        _camera = camera ?? (chip is null ? EventCameraModel.Dvs128 : CameraOf(chip, input.Name));
        _layout = Aedat2Address.Of(_camera);
        if (camera is null && chip is null)
            CheckUndeclared(input);
    }

    protected override int DecodeRecords(ReadOnlySpan<byte> records, Span<PolarityEvent> events, out int consumed)
    {
        // In locals: the compiler cannot know that writing events leaves fields alone.
        (uint other, uint unused, int xShift, uint xMask, int yShift, uint yMask, uint polarity, uint on) = _layout;
        WrappingClock clock = _clock;
        int count = 0;
        int at = 0;
        for (; at < records.Length && count < events.Length; at += RecordSize)
        {
            ulong record = BinaryPrimitives.ReadUInt64BigEndian(records[at..]);
            uint address = (uint)(record >> 32);
            if ((address & other) != 0)
                continue;
            if ((address & unused) != 0)
            {
                EndDamaged(
                    $"the address {address:x8} cannot be of the camera {_camera}; where the recording is of another, name it by the option "
                    + $"{nameof(EventReadOptions.Camera)}.", at);
                break;
            }
            clock.Update((uint)record);
            ushort x = (ushort)((address >> xShift) & xMask);
            ushort y = (ushort)((address >> yShift) & yMask);
            events[count++] = new(clock.Value, x, y, (address & polarity) == on);
        }
        _clock = clock;
        consumed = at;
        return count;
    }

    private static EventCameraModel CameraOf(string chip, string name) => Aedat2Address.CameraOf(chip) ?? throw new NotSupportedException(
        $"{name}: its header names the camera {chip}, whose layout of addresses is not known; those of "
        + $"{string.Join(", ", Aedat2Address.KnownChips)} are. Where it has one of these, name it by the option "
        + $"{nameof(EventReadOptions.Camera)}.");

    private void CheckUndeclared(EventFileInput input)
    {
        input.Fill(EventFileInput.Capacity);
        ReadOnlySpan<byte> window = input.Window;
        for (int at = 0; at + RecordSize <= window.Length; at += RecordSize)
        {
            uint address = BinaryPrimitives.ReadUInt32BigEndian(window[at..]);
            if (!_layout.Fits(address))
            {
                throw new NotSupportedException(
                    $"{input.Name}: its header names no camera (AEChip), and its addresses, such as {address:x8} at byte "
                    + $"{input.Position + at}, are not those of a DVS128. Name the camera by the option {nameof(EventReadOptions.Camera)}: "
                    + $"{string.Join(", ", Enum.GetNames<EventCameraModel>())}.");
            }
        }
    }
}
