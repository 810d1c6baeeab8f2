using System.IO.Compression;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>The arrays of a .npz file, which is a ZIP archive of .npy files.</summary>
internal sealed class NumPyArchive : IDisposable
{
    private readonly ZipArchive _zip;
    private readonly string _file;

    public NumPyArchive(EventFileInput input)
    {
        if (!input.Stream.CanSeek)
            throw new NotSupportedException($"{input.Name}: an .npz archive can only be read from a stream that can seek.");
        _zip = new(input.Stream, ZipArchiveMode.Read, leaveOpen: true);
        _file = input.Name;
    }

    public static bool IsArchive(ReadOnlySpan<byte> beginning) => beginning.StartsWith("PK\u0003\u0004"u8);

    public IEnumerable<string> Names =>
        _zip.Entries.Select(entry => entry.FullName).Where(name => name.EndsWith(".npy", StringComparison.OrdinalIgnoreCase));

    /// <summary>Opens an array at a position of its .npy file.</summary>
    public EventFileInput Open(string name, long position)
    {
        var input = new EventFileInput(_zip.GetEntry(name)!.Open(), $"{_file}, {name}", ownsStream: true);
        if (!input.Skip(position))
            throw new InvalidDataException(input.Corruption ?? $"{name} ends before its data.");
        return input;
    }

    public void Dispose() => _zip.Dispose();
}

/// <summary>The events of an archive, which is open as long as they are read.</summary>
internal sealed class NumPyArchiveDecoder(EventFileInput input, NumPyArchive archive, EventDecoder events) : EventDecoder(input)
{
    public override int Decode(Span<PolarityEvent> destination)
    {
        int count = events.Decode(destination);
        if (events.Damage is { } damage)
            End(damage);
        return count;
    }

    public override void Dispose()
    {
        events.Dispose();
        archive.Dispose();
    }
}
