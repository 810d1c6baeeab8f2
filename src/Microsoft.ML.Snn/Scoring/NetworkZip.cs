using System.IO.Compression;
using Microsoft.ML.Model;

namespace Microsoft.ML.Snn;

/// <summary>
/// A folded network in a zip of its own, or in that of a model, whose pipeline is left alone: no type is looked up by its name, so trimming
/// and native compilation (AOT) take nothing away that this needs.
/// </summary>
internal static class NetworkZip
{
    // Beside the weights: what a component wrote, or the structure alone.
    private const string ComponentEntry = "Model.key", StructureEntry = "SnnStructure";

    // Names of classes are most of it.
    private const int MaxComponentBytes = 64 << 20;

    public static void Save(FoldedGraph<float> graph, Stream stream)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        // A zip takes one entry at a time; the structure is small.
        using var structure = new MemoryStream();
        // Trained weights hardly get smaller, and what is not compressed is read ten times as fast.
        using (var weights = new BinaryWriter(archive.CreateEntry(FoldedNetworkModel.WeightsEntry, CompressionLevel.NoCompression).Open()))
            FoldedNetworkFormat.Write(graph, new BinaryWriter(structure), weights);
        using Stream entry = archive.CreateEntry(StructureEntry).Open();
        entry.Write(structure.GetBuffer().AsSpan(0, (int)structure.Length));
    }

    /// <exception cref="InvalidDataException">There is not exactly one network, or it cannot be read.</exception>
    public static FoldedNetwork Load(Stream stream)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        ZipArchiveEntry[] found = [.. archive.Entries.Where(IsWeights)];
        if (found is not [ZipArchiveEntry weights])
        {
            throw new InvalidDataException(found.Length == 0
                ? "The zip holds no spiking network."
                : $"The zip holds {found.Length} spiking networks ({string.Join(", ", found.Select(PathOf))}): load the model with "
                    + "MLContext.Model.Load, and take a network from its part of the chain with MLContext.Model.GetSpikingNetwork.");
        }
        MLNetVersion.Check();
        using var weightReader = new BinaryReader(weights.Open());
        using BinaryReader structure = OpenStructure(weights);
        return FoldedNetworkFormat.Read(structure, weightReader);
    }

    /// <summary>Whether an entry holds the weights of a network.</summary>
    public static bool IsWeights(ZipArchiveEntry entry) => PathOf(entry) == FolderOf(entry) + FoldedNetworkModel.WeightsEntry;

    /// <summary>The structure that belongs to weights.</summary>
    /// <exception cref="InvalidDataException">It is missing, or cannot be read.</exception>
    public static BinaryReader OpenStructure(ZipArchiveEntry weights)
    {
        string folder = FolderOf(weights);
        if (Find(weights.Archive, folder + StructureEntry) is { } structure)
            return new BinaryReader(structure.Open());
        return SkipToStructure(Find(weights.Archive, folder + ComponentEntry) ?? throw new InvalidDataException(
            $"The zip is damaged: beside {PathOf(weights)} there is neither {StructureEntry} nor {ComponentEntry}."));
    }

    /// <summary>The entry of that path, with slashes.</summary>
    public static ZipArchiveEntry? Find(ZipArchive archive, string path) => archive.Entries.FirstOrDefault(entry => PathOf(entry) == path);

    /// <summary>With a slash at its end, or empty.</summary>
    public static string FolderOf(ZipArchiveEntry entry) => PathOf(entry)[..(PathOf(entry).LastIndexOf('/') + 1)];

    /// <summary>ML.NET reads a component's entry back and forth. A length is not trusted: a small entry may unpack to gigabytes.</summary>
    /// <exception cref="InvalidDataException">It unpacks to too much, or cannot be read.</exception>
    public static MemoryStream ReadAll(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        var bytes = new MemoryStream();
        byte[] part = new byte[1 << 16];
        for (int read; (read = stream.Read(part)) > 0;)
        {
            bytes.Write(part, 0, read);
            if (bytes.Length > MaxComponentBytes)
                throw new InvalidDataException($"The zip is damaged: {PathOf(entry)} unpacks to more than {MaxComponentBytes} bytes.");
        }
        bytes.Position = 0;
        return bytes;
    }

    /// <summary>Reads over what a component wrote before the structure.</summary>
    private static BinaryReader SkipToStructure(ZipArchiveEntry component)
    {
        try
        {
            var ctx = new ModelLoadContext(new BinaryReader(ReadAll(component)));
            if (ctx.Header.ModelSignature == SpikingNetworkTransformer.Version.ModelSignature)
                SpikingNetworkTransformer.SkipToNetwork(ctx);
            else
                SpikingResNetModelParameters.SkipToNetwork(ctx);
            return ctx.Reader;
        }
        // ML.NET's checks, and ours of the settings.
        catch (Exception e) when (e is FormatException or InvalidOperationException or ArgumentException or EndOfStreamException)
        {
            throw new InvalidDataException($"The spiking network in this zip cannot be read: {e.Message}", e);
        }
    }

    // Zips have / or \ between folders.
    private static string PathOf(ZipArchiveEntry entry) => entry.FullName.Replace('\\', '/');
}
