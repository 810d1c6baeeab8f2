using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Snn.Engine.Format;

/// <summary>CRC-32C (Castagnoli) of bytes, by the processor's own instruction where it has one: .NET has no class for it.</summary>
internal sealed class Checksum
{
    private uint _crc = ~0u;

    /// <summary>Of all bytes so far.</summary>
    public uint Value => ~_crc;

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var checksum = new Checksum();
        checksum.Append(bytes);
        return checksum.Value;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        uint crc = _crc;
        if (BitConverter.IsLittleEndian)
        {
            foreach (ulong eight in MemoryMarshal.Cast<byte, ulong>(bytes))
                crc = BitOperations.Crc32C(crc, eight);
            bytes = bytes[(bytes.Length & ~7)..];
        }
        foreach (byte one in bytes)
            crc = BitOperations.Crc32C(crc, one);
        _crc = crc;
    }
}
