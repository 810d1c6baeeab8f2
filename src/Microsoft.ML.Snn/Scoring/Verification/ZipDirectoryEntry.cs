namespace Microsoft.ML.Snn.Scoring.Verification;

/// <summary>An entry of a zip, as the central directory describes it.</summary>
internal sealed record ZipDirectoryEntry
{
    private const int Stored = 0, Deflated = 8;

    // How hard the data were compressed, that sizes follow the data, and that the name is UTF-8.
    private const int KnownFlags = 0b1000_0000_1110;

    private const int OwnerMayRead = 0b1_0000_0000;

    public required string Name { get; init; }

    public required byte[] NameBytes { get; init; }

    public required int Flags { get; init; }

    public required int Method { get; init; }

    public required uint Crc32 { get; init; }

    public required long CompressedSize { get; init; }

    public required long Size { get; init; }

    /// <summary>Where its local header begins.</summary>
    public required long Offset { get; init; }

    /// <summary>The permissions with which .NET unpacks it on Unix; 0 for the usual ones.</summary>
    public required int UnixMode { get; init; }

    /// <summary>Whether CRC-32 and sizes stand after the data: they were not known when the local header was written.</summary>
    public bool HasDescriptor => (Flags & 0b1000) != 0;

    /// <exception cref="InvalidDataException">It is not one that a model has.</exception>
    public void Check()
    {
        if ((Flags & ~KnownFlags) != 0)
            throw Damaged($"its flags are 0x{Flags:X}: it is damaged or encrypted");
        if (Method is not (Stored or Deflated))
            throw Damaged($"it is to be compressed with method {Method}");
        if (Offset < 0 || CompressedSize < 0 || Size < 0 || Method == Stored && Size != CompressedSize)
            throw Damaged($"it is to have {Size} bytes, compressed to {CompressedSize}, from {Offset} on");
        if (UnixMode != 0 && (UnixMode & OwnerMayRead) == 0)
            throw Damaged("once unpacked it could not be read: its permissions are damaged");
    }

    /// <summary>What is wrong with the entry.</summary>
    public InvalidDataException Damaged(string what) => new($"entry '{Name}': {what}");
}
