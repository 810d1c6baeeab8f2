using System.Text;

namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>Writes protocol-buffer messages: as much of the wire format as an ONNX model needs.</summary>
internal sealed class Protobuf
{
    private const int Varint = 0, Bytes = 2, Fixed32 = 5;

    private readonly MemoryStream _stream = new();

    public Protobuf Add(int field, long value)
    {
        WriteTag(field, Varint);
        WriteVarint((ulong)value);
        return this;
    }

    public Protobuf Add(int field, float value)
    {
        WriteTag(field, Fixed32);
        _stream.Write(BitConverter.GetBytes(value));
        return this;
    }

    public Protobuf Add(int field, string text) => Add(field, Encoding.UTF8.GetBytes(text));

    public Protobuf Add(int field, Protobuf message) => Add(field, message._stream.GetBuffer().AsSpan(0, (int)message._stream.Length));

    public Protobuf Add(int field, ReadOnlySpan<byte> bytes)
    {
        WriteTag(field, Bytes);
        WriteVarint((ulong)bytes.Length);
        _stream.Write(bytes);
        return this;
    }

    public byte[] ToArray() => _stream.ToArray();

    private void WriteTag(int field, int type) => WriteVarint((ulong)(field << 3 | type));

    private void WriteVarint(ulong value)
    {
        for (; value > 0x7f; value >>= 7)
            _stream.WriteByte((byte)(value | 0x80));
        _stream.WriteByte((byte)value);
    }
}
