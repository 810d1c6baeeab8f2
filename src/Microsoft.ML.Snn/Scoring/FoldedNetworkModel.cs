using Microsoft.ML.Model;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn;

/// <summary>
/// A folded network in a model zip: its structure where the component's own data stand, its weights as an entry of their own.
/// </summary>
internal static class FoldedNetworkModel
{
    public static void Save(ModelSaveContext ctx, FoldedNetwork network, string weightsEntry) =>
        ctx.SaveBinaryStream(weightsEntry, weights => FoldedNetworkFormat.Write(network.ToGraph(), ctx.Writer, weights));

    /// <exception cref="FormatException">
    /// The model is damaged, or of a version that this one does not know; as ML.NET reports such zips.
    /// </exception>
    public static FoldedNetwork Load(IHost host, ModelLoadContext ctx, string weightsEntry)
    {
        FoldedNetwork? network = null;
        try
        {
            bool found = ctx.TryLoadBinaryStream(
                weightsEntry, weights => network = FoldedNetworkFormat.Read(ctx.Reader, weights));
            if (!found)
                throw new InvalidDataException($"the entry {weightsEntry} is missing");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw host.ExceptDecode(e, $"The spiking network in this model cannot be read: {e.Message}");
        }
        return network!;
    }
}
