using System.IO.Compression;
using Microsoft.ML.Model;

namespace Microsoft.ML.Snn;

/// <summary>
/// Takes a folded network out of a model zip and leaves the pipeline around it alone: no type is looked up by its name, so trimming and
/// native compilation (AOT) take nothing away that this needs.
/// </summary>
internal static class ModelZip
{
    private const string StructureEntry = "Model.key";

    /// <exception cref="InvalidDataException">There is not exactly one network, or it cannot be read.</exception>
    public static FoldedNetwork Load(Stream stream)
    {
        MLNetVersion.Check();
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        ZipArchiveEntry[] found = [.. archive.Entries.Where(entry => PathOf(entry) == FolderOf(entry) + FoldedNetworkModel.WeightsEntry)];
        if (found is not [ZipArchiveEntry weights])
        {
            throw new InvalidDataException(found.Length == 0
                ? "The zip holds no spiking network."
                : $"The zip holds {found.Length} spiking networks ({string.Join(", ", found.Select(FolderOf))}): load the model with "
                    + "MLContext.Model.Load, and take a network from its part of the chain with MLContext.Model.GetSpikingNetwork.");
        }
        ZipArchiveEntry structure = archive.Entries.SingleOrDefault(entry => PathOf(entry) == FolderOf(weights) + StructureEntry)
            ?? throw new InvalidDataException($"The zip is damaged: {FolderOf(weights)} has no {StructureEntry}.");
        try
        {
            return Read(structure, weights);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or ArgumentException or EndOfStreamException)
        {
            throw new InvalidDataException($"The spiking network in this zip cannot be read: {e.Message}", e);
        }
    }

    private static FoldedNetwork Read(ZipArchiveEntry structure, ZipArchiveEntry weights)
    {
        // A component's own data are read back and forth.
        using var memory = new MemoryStream();
        using (Stream data = structure.Open())
            data.CopyTo(memory);
        memory.Position = 0;
        var ctx = new ModelLoadContext(new BinaryReader(memory));
        if (ctx.Header.ModelSignature == SpikingNetworkTransformer.Version.ModelSignature)
            SpikingNetworkTransformer.SkipToNetwork(ctx);
        else
            SpikingResNetModelParameters.SkipToNetwork(ctx);
        using var reader = new BinaryReader(weights.Open());
        return FoldedNetworkFormat.Read(ctx.Reader, reader);
    }

    // Zips have / or \ between folders.
    private static string PathOf(ZipArchiveEntry entry) => entry.FullName.Replace('\\', '/');

    /// <summary>With a slash at its end, or empty.</summary>
    private static string FolderOf(ZipArchiveEntry entry) => PathOf(entry)[..(PathOf(entry).LastIndexOf('/') + 1)];
}
