using System.IO.Compression;
using System.Runtime.CompilerServices;
using Microsoft.ML.Model;
using Microsoft.ML.Snn.Engine.Format;

namespace Microsoft.ML.Snn.Scoring.Verification;

/// <summary>Compares the data of a zip's entries with their CRC-32 and sizes, but for networks, which have checksums of our own.</summary>
internal static class ArchiveVerification
{
    // Weights hardly get smaller when they are compressed, text does to a tenth; a bomb to a thousandth.
    private const long MaxRatio = 64, FreeBytes = 64 << 20;

    /// <summary>
    /// Also refuses entries that claim to unpack to more than those of any model; none is read for longer than it claims.
    /// </summary>
    /// <exception cref="InvalidDataException">An entry is damaged, or claims too much; the message is a phrase that names it.</exception>
    public static void Verify(ZipArchive archive)
    {
        // As floating-point numbers, which do not overflow.
        double limit = FreeBytes + MaxRatio * archive.Entries.Sum(entry => (double)entry.CompressedLength);
        if (archive.Entries.Sum(entry => (double)entry.Length) > limit)
        {
            ZipArchiveEntry largest = archive.Entries.MaxBy(entry => entry.Length)!;
            throw new InvalidDataException($"entry '{largest.FullName}': with the others it is to unpack to more than {limit:F0} bytes");
        }
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            if (!NetworkZip.IsNetwork(entry))
                VerifiedEntry.Verify(entry);
        }
    }

    /// <summary>The same in the midst of ML.NET's loading.</summary>
    /// <exception cref="InvalidDataException">As above.</exception>
    public static void Verify(RepositoryReader repository) => Verify(ArchiveOf(repository));

    // ML.NET is pinned to one version, which has this field.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_archive")]
    private static extern ref ZipArchive ArchiveOf(RepositoryReader repository);
}
