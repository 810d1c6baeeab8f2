using System.Buffers.Binary;
using Microsoft.ML.Snn.Engine.Format;

namespace Microsoft.ML.Snn.Events.Snapshots;

/// <summary>
/// Writes what a <see cref="SnapshotReader"/> reads: numbers, little-endian, in sections that end with the CRC-32C of their bytes.
/// </summary>
internal sealed class SnapshotWriter(Stream stream)
{
    private readonly byte[] _buffer = new byte[1 << 14];
    private Checksum _checksum = new();
    private int _count;

    public void Write(byte value) => Reserve(1)[0] = value;

    public void Write(bool value) => Write(value ? (byte)1 : (byte)0);

    public void Write(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Reserve(sizeof(ushort)), value);

    public void Write(int value) => BinaryPrimitives.WriteInt32LittleEndian(Reserve(sizeof(int)), value);

    public void Write(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Reserve(sizeof(uint)), value);

    public void Write(long value) => BinaryPrimitives.WriteInt64LittleEndian(Reserve(sizeof(long)), value);

    public void Write(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Reserve(sizeof(ulong)), value);

    public void Write(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Reserve(sizeof(double)), value);

    public void Write(float value) => BinaryPrimitives.WriteSingleLittleEndian(Reserve(sizeof(float)), value);

    public void Write(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
            Write(value);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            Write(value);
    }

    /// <summary>Seven bits a byte, the lowest first; the highest bit of a byte says that more follow.</summary>
    public void WriteCompact(ulong value)
    {
        for (; value > 0x7F; value >>= 7)
            Write((byte)(value | 0x80));
        Write((byte)value);
    }

    /// <summary>Ends a section.</summary>
    public void EndSection()
    {
        Flush();
        Write(_checksum.Value);
        Flush();
        _checksum = new();
    }

    private Span<byte> Reserve(int bytes)
    {
        if (_count + bytes > _buffer.Length)
            Flush();
        _count += bytes;
        return _buffer.AsSpan(_count - bytes, bytes);
    }

    private void Flush()
    {
        ReadOnlySpan<byte> bytes = _buffer.AsSpan(0, _count);
        _checksum.Append(bytes);
        stream.Write(bytes);
        _count = 0;
    }
}
