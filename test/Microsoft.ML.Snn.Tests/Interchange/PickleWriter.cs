using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>Writes instructions of Python's pickles, sensible or not.</summary>
internal sealed class PickleWriter
{
    private readonly MemoryStream _bytes = new();

    public byte[] Bytes => _bytes.ToArray();

    /// <summary>Instructions by their characters or numbers.</summary>
    public PickleWriter Code(params ReadOnlySpan<int> codes)
    {
        foreach (int code in codes)
            _bytes.WriteByte((byte)code);
        return this;
    }

    public PickleWriter Global(string module, string name)
    {
        _bytes.Write(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));
        return this;
    }

    public PickleWriter Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Code('X').Integer(bytes.Length).Append(bytes);
    }

    public PickleWriter Number(int value) => Code('J').Integer(value);

    /// <summary>A tuple.</summary>
    public PickleWriter Numbers(params ReadOnlySpan<int> values)
    {
        Code('(');
        foreach (int value in values)
            Number(value);
        return Code('t');
    }

    /// <summary>Keeps what is on top under a number from 0 to 255.</summary>
    public PickleWriter Keep(int place) => Code('q', place);

    /// <summary>Puts on top what was kept.</summary>
    public PickleWriter Kept(int place) => Code('h', place);

    private PickleWriter Integer(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Append(bytes);
    }

    private PickleWriter Append(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }
}
