using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.Snn.Training.TensorBoard;

/// <summary>
/// A file of events, as TensorBoard reads it while it grows: records of TensorFlow's format, each a length and its bytes, both with a
/// masked CRC-32C. What could not be written is written the next time.
/// </summary>
internal sealed class EventFile
{
    private readonly string _folder, _name;
    private readonly MemoryStream _unwritten = new();
    private long _written;

    /// <param name="folder">Made where it is not there, when something is written.</param>
    public EventFile(string folder)
    {
        _folder = folder;
        // TensorBoard reads the files of a folder in the order of their names: a run that goes on comes after what it did before.
        _name = string.Create(CultureInfo.InvariantCulture,
            $"events.out.tfevents.{DateTimeOffset.UtcNow.ToUnixTimeSeconds():D10}.{Environment.MachineName}.{Guid.NewGuid():N}");
    }

    private static double Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

    public void Add(int step, EventMessage summary) => WriteRecord(_unwritten, EventMessage.Summary(Now, step, summary).Bytes);

    /// <summary>Writes what was added.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Write()
    {
        string path = Path.Combine(Directory.CreateDirectory(_folder).FullName, _name);
        using FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        // What an attempt that failed has left is written over; a file that somebody has removed begins anew.
        file.SetLength(file.Length < _written ? 0 : _written);
        file.Position = file.Length;
        if (file.Length == 0)
            WriteRecord(file, EventMessage.Version(Now).Bytes);
        file.Write(_unwritten.GetBuffer(), 0, (int)_unwritten.Length);
        file.Flush(flushToDisk: true);
        _written = file.Length;
        _unwritten.SetLength(0);
    }

    private static void WriteRecord(Stream stream, ReadOnlySpan<byte> bytes)
    {
        Span<byte> head = stackalloc byte[12], tail = stackalloc byte[4];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], MaskedChecksum(head[..8]));
        BinaryPrimitives.WriteUInt32LittleEndian(tail, MaskedChecksum(bytes));
        stream.Write(head);
        stream.Write(bytes);
        stream.Write(tail);
    }

    /// <summary>CRC-32C, rotated and shifted, so that a checksum over checksums is no constant.</summary>
    private static uint MaskedChecksum(ReadOnlySpan<byte> bytes)
    {
        uint checksum = uint.MaxValue;
        foreach (byte value in bytes)
            checksum = BitOperations.Crc32C(checksum, value);
        return BitOperations.RotateRight(~checksum, 15) + 0xa282ead8;
    }
}
