using System.IO.Compression;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Engine.Format;

/// <summary>
/// A folded network in a zip of its own, or in that of a model, whose pipeline is left alone: no type is looked up by its name, so trimming
/// and native compilation (AOT) take nothing away that this needs.
/// </summary>
internal static class NetworkZip
{
    /// <summary>Where the weights were before a network was one entry.</summary>
    public const string FormerEntry = "SnnWeights";

    /// <summary>What to tell of a network that was saved then.</summary>
    public const string FormerMessage =
        "It was saved by a version before 0.1.0, whose networks had two entries. Train it again, and save it.";

    public static void Save(NetworkGraph<float> graph, Stream stream)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        // Trained weights hardly get smaller, and what is not compressed is read ten times as fast.
        using var writer = new BinaryWriter(archive.CreateEntry(NetworkFormat.EntryName, CompressionLevel.NoCompression).Open());
        NetworkFormat.Write(graph, writer);
    }

    /// <param name="stream">The zip.</param>
    /// <param name="read">Reads the network's entry.</param>
    /// <exception cref="InvalidDataException">There is not exactly one network, or it cannot be read.</exception>
    public static T Read<T>(Stream stream, Func<BinaryReader, T> read)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        ZipArchiveEntry[] found = [.. archive.Entries.Where(IsNetwork)];
        if (found is not [ZipArchiveEntry network])
        {
            throw new InvalidDataException(found.Length > 1
                ? $"The zip holds {found.Length} spiking networks ({string.Join(", ", found.Select(PathOf))}): load the model with "
                    + "MLContext.Model.Load, and take a network from its part of the chain with MLContext.Model.GetSpikingNetwork."
                : archive.Entries.Any(entry => NameOf(entry) == FormerEntry) ? FormerMessage
                : "The zip holds no spiking network.");
        }
        using var reader = new BinaryReader(network.Open());
        return read(reader);
    }

    /// <summary>Whether an entry holds a network.</summary>
    public static bool IsNetwork(ZipArchiveEntry entry) => NameOf(entry) == NetworkFormat.EntryName;

    /// <summary>The entry of that path, with slashes.</summary>
    public static ZipArchiveEntry? Find(ZipArchive archive, string path) => archive.Entries.FirstOrDefault(entry => PathOf(entry) == path);

    /// <summary>With a slash at its end, or empty.</summary>
    public static string FolderOf(ZipArchiveEntry entry) => PathOf(entry)[..(PathOf(entry).LastIndexOf('/') + 1)];

    private static string NameOf(ZipArchiveEntry entry) => PathOf(entry)[(PathOf(entry).LastIndexOf('/') + 1)..];

    // Zips have / or \ between folders.
    private static string PathOf(ZipArchiveEntry entry) => entry.FullName.Replace('\\', '/');
}
