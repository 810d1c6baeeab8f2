using System.Buffers.Binary;
using Microsoft.ML.Snn.Engine.Format;

namespace Microsoft.ML.Snn.Events.Snapshots;

/// <summary>
/// Reads what a <see cref="SnapshotWriter"/> has written, not a byte beyond, and trusts none of it: whoever reads knows how much there can
/// be, so that no length in the snapshot asks for memory.
/// </summary>
internal sealed class SnapshotReader(Stream stream)
{
    private readonly byte[] _number = new byte[sizeof(ulong)];
    private Checksum _checksum = new();

    public byte ReadByte() => Read(1)[0];

    public bool ReadBoolean() => ReadByte() switch
    {
        0 => false,
        1 => true,
        var other => throw Damaged($"{other} stands where only 0 or 1 can be"),
    };

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Read(sizeof(ushort)));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Read(sizeof(uint)));

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Read(sizeof(int)));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Read(sizeof(long)));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Read(sizeof(ulong)));

    /// <summary>A number, which is checked to lie between two, both included.</summary>
    public long ReadInt64(long least, long most, string what)
    {
        long value = ReadInt64();
        return value >= least && value <= most ? value : throw Damaged($"{what} cannot be {value}");
    }

    /// <summary>A number, which is checked to be finite.</summary>
    public double ReadDouble(string what)
    {
        double value = BinaryPrimitives.ReadDoubleLittleEndian(Read(sizeof(double)));
        return double.IsFinite(value) ? value : throw Damaged($"{what} cannot be {value}");
    }

    /// <summary>A number, which is checked to be finite.</summary>
    public float ReadSingle(string what)
    {
        float value = BinaryPrimitives.ReadSingleLittleEndian(Read(sizeof(float)));
        return float.IsFinite(value) ? value : throw Damaged($"{what} cannot be {value}");
    }

    /// <summary>Fills a span with bytes.</summary>
    public void Read(Span<byte> destination)
    {
        try
        {
            stream.ReadExactly(destination);
        }
        catch (EndOfStreamException e)
        {
            throw Damaged("it ends too early", e);
        }
        _checksum.Append(destination);
    }

    /// <summary>What <see cref="SnapshotWriter.WriteCompact"/> writes.</summary>
    public ulong ReadCompact()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = ReadByte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part <= 0x7F)
                return value;
        }
        throw Damaged("a number has too many bytes");
    }

    /// <summary>Compares the checksum of a section that was read to its end.</summary>
    public void EndSection(string section)
    {
        uint expected = _checksum.Value;
        if (ReadUInt32() != expected)
            throw Damaged($"the checksum of its {section} is wrong");
        _checksum = new();
    }

    public static InvalidDataException Damaged(string reason, Exception? inner = null) =>
        new($"The snapshot is damaged: {reason}. Restore an earlier one, or let the stream start over.", inner);

    private ReadOnlySpan<byte> Read(int bytes)
    {
        Span<byte> number = _number.AsSpan(0, bytes);
        Read(number);
        return number;
    }
}
