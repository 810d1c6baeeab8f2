using System.Buffers.Binary;
using System.Text;
using Google.FlatBuffers;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// AEDAT 4.0, of DV (docs.inivation.com, "AEDAT 4.0"): a line, an IOHeader, then packets of a stream number, a size and a FlatBuffer,
/// compressed or not; the FlatBuffers start with their size. The table of packets after them only shows whether any is missing. Schemas:
/// dv-processing, IOHeader.fbs and events.fbs.
/// </summary>
internal sealed class Aedat4Decoder : EventDecoder
{
    private const int PacketHeaderSize = 8;
    private const int EventSize = 16;

    /// <summary>Field n of a FlatBuffers table is found at entry 4 + 2 n of its vtable.</summary>
    private const int CompressionField = 4, DataTablePositionField = 6, ElementsField = 4;

    /// <summary>The most bytes of a packet without its events.</summary>
    private const int PacketFrame = 40;

    private readonly PacketDecompressor _decompressor;
    private readonly long? _end;
    private readonly string _streams;
    // By stream, how many there were.
    private readonly Dictionary<int, int> _packets = [];
    private readonly HashSet<int> _otherStreams = [];
    private int? _stream;
    private long _packetPosition;
    private byte[] _packet = [];
    private int _packetLength;
    private int _next;
    private int _left;
    private bool _isAtEnd;
    private long _events;

    public Aedat4Decoder(EventFileInput input)
        : base(input)
    {
        long start = input.Position;
        if (!input.TryReadHeaderLine("#!AER-DAT4.0"u8, out _))
            throw new InvalidDataException("the file does not start with the line #!AER-DAT4.0.");
        if (!input.Fill(4))
            throw new InvalidDataException("the file ends within its header.");
        int size = BinaryPrimitives.ReadInt32LittleEndian(input.Window);
        if (size is < 8 or > PacketDecompressor.LargestPacket)
            throw new InvalidDataException($"a header of {size} bytes is impossible.");
        byte[] header = [];
        if (!input.ReadInto(ref header, 4 + size))
            throw new InvalidDataException("the file ends within its header.");
        if (!HasIdentifier(header, "IOHE"u8))
            throw new InvalidDataException("the header is not an IOHeader.");
        try
        {
            Table table = RootOf(header);
            int compression = table.__offset(CompressionField) is > 0 and int c ? table.bb.GetInt(table.bb_pos + c) : 0;
            long tablePosition = table.__offset(DataTablePositionField) is > 0 and int p ? table.bb.GetLong(table.bb_pos + p) : -1;
            _decompressor = new(compression);
            // No position: the recording was not closed in order, and its packets continue to the end of the file.
            _end = tablePosition >= 0 ? start + tablePosition : null;
        }
        catch (ArgumentException)
        {
            throw new InvalidDataException("the header is not a valid FlatBuffer.");
        }
        _streams = Encoding.Latin1.GetString(header);
        if (_end < input.Position)
            throw new InvalidDataException("the header places the table of packets within itself.");
    }

    public override int Decode(Span<PolarityEvent> events)
    {
        int count = 0;
        while (count < events.Length && Damage is null)
        {
            if (_left == 0 && !NextPacket())
                break;
            for (; _left > 0 && count < events.Length; _left--, _next += EventSize)
            {
                ReadOnlySpan<byte> element = _packet.AsSpan(_next, EventSize);
                long time = BinaryPrimitives.ReadInt64LittleEndian(element);
                short x = BinaryPrimitives.ReadInt16LittleEndian(element[8..]);
                short y = BinaryPrimitives.ReadInt16LittleEndian(element[10..]);
                if (x < 0 || y < 0 || time is < -LatestTime or > LatestTime)
                {
                    EndDamagedAt(_packetPosition, $"a packet holds an event at x {x}, y {y} and {time} us.");
                    break;
                }
                events[count++] = new(time, (ushort)x, (ushort)y, element[12] != 0);
            }
        }
        return count;
    }

    public override void Dispose() => _decompressor.Dispose();

    private static bool HasIdentifier(ReadOnlySpan<byte> sized, ReadOnlySpan<byte> identifier) =>
        sized.Length >= 12 && sized[8..12].SequenceEqual(identifier);

    /// <summary>The root table of a FlatBuffer after its four bytes of size.</summary>
    private static Table RootOf(byte[] sized)
    {
        var buffer = new ByteBuffer(sized, 4);
        return new(buffer.GetInt(4) + 4, buffer);
    }

    /// <summary>Goes to the next packet of the event stream; false at the end of the packets or at damage.</summary>
    private bool NextPacket()
    {
        while (_end is not { } end || Input.Position < end)
        {
            if (!Input.Fill(PacketHeaderSize))
            {
                if (Input.Window.Length > 0 || _end is not null)
                    EndTruncated("its packets");
                return false;
            }
            int stream = BinaryPrimitives.ReadInt32LittleEndian(Input.Window);
            int size = BinaryPrimitives.ReadInt32LittleEndian(Input.Window[4..]);
            if (size is < 1 or > PacketDecompressor.LargestPacket)
            {
                EndDamaged($"a packet of {size} bytes is impossible.");
                return false;
            }
            _packetPosition = Input.Position;
            Input.Advance(PacketHeaderSize);
            _packets[stream] = _packets.GetValueOrDefault(stream) + 1;
            if (_otherStreams.Contains(stream))
            {
                if (Input.Skip(size))
                    continue;
                EndTruncated("a packet");
                return false;
            }
            if (!ReadPacket(size) || !CheckStream(stream))
                return false;
            if (stream == _stream)
                return FindElements();
        }
        CheckEnd();
        return false;
    }

    /// <summary>Tells the streams apart by their first packets; false where one is damaged.</summary>
    private bool CheckStream(int stream)
    {
        ReadOnlySpan<byte> packet = _packet.AsSpan(0, _packetLength);
        bool isEvents = HasIdentifier(packet, "EVTS"u8);
        if (stream == _stream ? !isEvents : !isEvents && !HasOtherIdentifier(packet))
        {
            EndDamagedAt(_packetPosition, "a packet's type is not that of its stream, or none at all.");
            return false;
        }
        if (stream == _stream)
            return true;
        if (_streams.Contains("outInfo", StringComparison.Ordinal) && !IsDeclared(stream, Encoding.Latin1.GetString(packet[8..12])))
        {
            EndDamagedAt(_packetPosition, $"a packet is of the stream {stream}, which the header does not name, or as another type.");
            return false;
        }
        if (isEvents && _stream is null)
            _stream = stream;
        else
            _otherStreams.Add(stream);
        return true;
    }

    /// <summary>Whether the header's description, XML, has the stream, and, where it has its type, that one.</summary>
    private bool IsDeclared(int stream, string type)
    {
        const string NodeStart = "<node name=\"", TypeKey = "typeIdentifier";
        int start = _streams.IndexOf($"{NodeStart}{stream}\"", StringComparison.Ordinal);
        if (start < 0)
            return false;
        ReadOnlySpan<char> node = _streams.AsSpan(start + NodeStart.Length);
        // Up to the next stream: its own nodes do not have numbers for names.
        int key = node.IndexOf(TypeKey);
        for (int next = 0; node[next..].IndexOf(NodeStart) is >= 0 and var step; )
        {
            next += step + NodeStart.Length;
            if (next < node.Length && char.IsAsciiDigit(node[next]))
            {
                key = key < next ? key : -1;
                break;
            }
        }
        int value = key < 0 ? -1 : node[key..].IndexOf('>');
        return value < 0 || node[(key + value + 1)..].StartsWith(type);
    }

    /// <summary>Whether a packet's type is four capitals, as DV's are, and not that of events with a damaged letter.</summary>
    private static bool HasOtherIdentifier(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < 12 || packet[8..12].ContainsAnyExceptInRange((byte)'A', (byte)'Z'))
            return false;
        int different = 0;
        for (int i = 0; i < 4; i++)
            different += packet[8 + i] == "EVTS"u8[i] ? 0 : 1;
        return different > 1;
    }

    /// <summary>Checks, where the packets end, that they end there, and that none is missing.</summary>
    private void CheckEnd()
    {
        if (_isAtEnd || _end is not { } end)
            return;
        _isAtEnd = true;
        if (Input.Position != end)
        {
            EndDamagedAt(_packetPosition, $"a packet goes on behind byte {end}, where the header says that packets end.");
            return;
        }
        byte[] rest = [];
        if (Input.Remaining is not (> PacketHeaderSize and <= PacketDecompressor.LargestPacket and var size)
            || !Input.ReadInto(ref rest, (int)size))
        {
            return;
        }
        if (Decompress(rest, 0) is { } table && HasIdentifier(table, "FTAB"u8))
        {
            if (Aedat4PacketTable.Count(table) is { } listed && !IsComplete(listed))
                EndDamagedAt(end, "the table of packets lists others than there are.");
        }
        else if (BinaryPrimitives.ReadInt32LittleEndian(rest.AsSpan(4)) is var next && next > 0 && next <= rest.Length - PacketHeaderSize
            && Decompress(rest[..(PacketHeaderSize + next)], PacketHeaderSize) is { } packet
            && (HasIdentifier(packet, "EVTS"u8) || HasOtherIdentifier(packet)))
        {
            EndDamagedAt(end, "packets go on where the header says that they end.");
        }
    }

    private bool IsComplete(Dictionary<int, (int Packets, long Elements)> listed) =>
        listed.Count == _packets.Count && listed.All(stream => _packets.GetValueOrDefault(stream.Key) == stream.Value.Packets)
        && (_stream is not { } events || listed[events].Elements <= _events);

    /// <summary>What a part of the file holds; null where it cannot be decompressed.</summary>
    private byte[]? Decompress(byte[] file, int start)
    {
        byte[] content = [];
        try
        {
            using var input = new EventFileInput(new MemoryStream(file), Input.Name, ownsStream: true, position: start);
            return _decompressor.Read(input, file.Length - start, ref content) is { } length ? content[..length] : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private bool ReadPacket(int size)
    {
        try
        {
            if (_decompressor.Read(Input, size, ref _packet) is { } length)
            {
                _packetLength = length;
                return true;
            }
            EndTruncated("a packet");
        }
        catch (InvalidDataException e)
        {
            EndDamagedAt(_packetPosition, $"a packet cannot be decompressed: {e.Message}");
        }
        return false;
    }

    private bool FindElements()
    {
        _left = 0;
        try
        {
            Table table = RootOf(_packet);
            int field = table.__offset(ElementsField);
            _next = field == 0 ? 0 : table.__vector(field);
            _left = field == 0 ? 0 : table.__vector_len(field);
        }
        catch (ArgumentException)
        {
            _left = -1;
        }
        // The vector of events goes up to the packet's end: none is unused.
        long end = _next + (long)EventSize * _left;
        bool isWhole = _left == 0 ? _packetLength < PacketFrame + EventSize : _packetLength - end < EventSize;
        if (_left >= 0 && _next >= 0 && end <= _packetLength && isWhole)
        {
            _events += _left;
            return true;
        }
        _left = 0;
        EndDamagedAt(_packetPosition, "a packet is not a valid FlatBuffer.");
        return false;
    }
}
