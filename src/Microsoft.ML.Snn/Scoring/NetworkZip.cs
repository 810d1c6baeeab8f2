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
        ZipArchiveEntry[] found = [.. archive.Entries.Where(entry => PathOf(entry) == FolderOf(entry) + FoldedNetworkModel.WeightsEntry)];
        if (found is not [ZipArchiveEntry weights])
        {
            throw new InvalidDataException(found.Length == 0
                ? "The zip holds no spiking network."
                : $"The zip holds {found.Length} spiking networks ({string.Join(", ", found.Select(FolderOf))}): load the model with "
                    + "MLContext.Model.Load, and take a network from its part of the chain with MLContext.Model.GetSpikingNetwork.");
        }
        MLNetVersion.Check();
        try
        {
            using var reader = new BinaryReader(weights.Open());
            if (Sibling(weights, StructureEntry) is { } structure)
                return FoldedNetworkFormat.Read(new BinaryReader(new MemoryStream(ReadAll(structure))), reader);
            ZipArchiveEntry component = Sibling(weights, ComponentEntry)
                ?? throw new InvalidDataException($"it is damaged, {FolderOf(weights)} has no {ComponentEntry}.");
            return FoldedNetworkFormat.Read(SkipToStructure(ReadAll(component)), reader);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or ArgumentException or EndOfStreamException
            or InvalidDataException)
        {
            throw new InvalidDataException($"The spiking network in this zip cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads over what a component wrote before the structure.</summary>
    private static BinaryReader SkipToStructure(byte[] component)
    {
        var ctx = new ModelLoadContext(new BinaryReader(new MemoryStream(component)));
        if (ctx.Header.ModelSignature == SpikingNetworkTransformer.Version.ModelSignature)
            SpikingNetworkTransformer.SkipToNetwork(ctx);
        else
            SpikingResNetModelParameters.SkipToNetwork(ctx);
        return ctx.Reader;
    }

    private static byte[] ReadAll(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static ZipArchiveEntry? Sibling(ZipArchiveEntry weights, string name) =>
        weights.Archive.Entries.FirstOrDefault(entry => PathOf(entry) == FolderOf(weights) + name);

    // Zips have / or \ between folders.
    private static string PathOf(ZipArchiveEntry entry) => entry.FullName.Replace('\\', '/');

    /// <summary>With a slash at its end, or empty.</summary>
    private static string FolderOf(ZipArchiveEntry entry) => PathOf(entry)[..(PathOf(entry).LastIndexOf('/') + 1)];
}
