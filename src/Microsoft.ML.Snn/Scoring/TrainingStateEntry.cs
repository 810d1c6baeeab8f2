using System.IO.Compression;
using System.Text;
using Microsoft.ML.Model;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Engine.Format;
using Microsoft.ML.Snn.Scoring.Verification;

namespace Microsoft.ML.Snn.Scoring;

/// <summary>
/// The tensors of a network in training, tdBN and its running statistics among them, in an entry of their own beside the folded network's:
/// <c>int32 version</c>, then <see cref="NamedArrays"/>.
/// </summary>
internal static class TrainingStateEntry
{
    public const string EntryName = "SnnTrainingState";

    private const int Version = 1;

    // Of a channel there are four numbers of tdBN and two of its neurons, where the folded network has a bias at least; names come on top.
    private const int MostValuesOfOne = 8, FreeBytes = 1 << 20;

    public static void Save(ModelSaveContext ctx, IReadOnlyDictionary<string, float[]> tensors) =>
        ctx.SaveBinaryStream(EntryName, writer =>
        {
            writer.Write(Version);
            NamedArrays.Write(writer, tensors);
        });

    /// <summary>In the midst of ML.NET's loading, after the network, whose loading has compared all entries with their checksums.</summary>
    /// <returns>Null where the model was saved without.</returns>
    /// <exception cref="FormatException">They are damaged, or of a newer version.</exception>
    public static IReadOnlyDictionary<string, float[]>? Load(IHost host, ModelLoadContext ctx, SpikingNetwork network)
    {
        IReadOnlyDictionary<string, float[]>? tensors = null;
        try
        {
            ctx.TryLoadBinaryStream(EntryName, reader => tensors = Read(reader, network));
        }
        catch (InvalidDataException e)
        {
            throw host.ExceptDecode(e, e.Message);
        }
        return tensors;
    }

    /// <summary>Those in the zip of a model with one network.</summary>
    /// <param name="path">Path of the zip.</param>
    /// <param name="network">The network, as it was read from the zip.</param>
    /// <returns>Null where the model was saved without.</returns>
    /// <exception cref="InvalidDataException">They are damaged, or of a newer version; the message names the file.</exception>
    public static IReadOnlyDictionary<string, float[]>? Load(string path, SpikingNetwork network)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        string folder = NetworkZip.FolderOf(archive.Entries.Single(NetworkZip.IsNetwork));
        if (NetworkZip.Find(archive, folder + EntryName) is not { } entry)
            return null;
        try
        {
            VerifiedEntry.Verify(entry);
            using var reader = new BinaryReader(entry.Open(), Encoding.UTF8);
            return Read(reader, network);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}': {e.Message.TrimEnd('.')}.", e);
        }
    }

    private static Dictionary<string, float[]> Read(BinaryReader reader, SpikingNetwork network)
    {
        try
        {
            int version = reader.ReadInt32();
            if (version != Version)
            {
                throw new InvalidDataException(
                    $"The model's training state has format {version}; this version of Microsoft.ML.Snn reads {Version}. Use a newer one.");
            }
            return NamedArrays.Read(reader, FreeBytes + sizeof(float) * MostValuesOfOne * network.ParameterCount);
        }
        // It ends too early, or has a text of no possible length.
        catch (Exception e) when (e is IOException or FormatException)
        {
            throw new InvalidDataException("The model's training state is damaged. Copy it again, or save it anew.", e);
        }
    }
}
