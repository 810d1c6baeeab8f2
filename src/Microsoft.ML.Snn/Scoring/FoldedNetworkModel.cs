using Microsoft.ML.Model;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn;

/// <summary>
/// A folded network in a model zip: its structure where the component's own data stand, its weights as an entry of their own.
/// </summary>
internal static class FoldedNetworkModel
{
    /// <summary>Name of the weights' entry, in the component's folder.</summary>
    public const string WeightsEntry = "SnnWeights";

    public static void Save(ModelSaveContext ctx, FoldedNetwork network) =>
        ctx.SaveBinaryStream(WeightsEntry, weights => FoldedNetworkFormat.Write(network.ToGraph(), ctx.Writer, weights));

    /// <exception cref="FormatException">
    /// The model is damaged, or of a version that this one does not know; as ML.NET reports such zips.
    /// </exception>
    public static FoldedNetwork Load(IHost host, ModelLoadContext ctx)
    {
        FoldedNetwork? network = null;
        VerifyArchive(host, ctx);
        try
        {
            bool found = ctx.TryLoadBinaryStream(
                WeightsEntry, weights => network = FoldedNetworkFormat.Read(ctx.Reader, weights));
            if (!found)
                throw new InvalidDataException($"the entry {WeightsEntry} is missing");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw host.ExceptDecode(e, $"The spiking network in this model cannot be read: {e.Message}");
        }
        return network!;
    }

    /// <summary>
    /// Whoever loads a model without a check before gets this much of it: entries that ML.NET has read already, or has yet to read, are as
    /// they were written.
    /// </summary>
    private static void VerifyArchive(IHost host, ModelLoadContext ctx)
    {
        try
        {
            ArchiveVerification.Verify(ctx.Repository);
        }
        catch (InvalidDataException e)
        {
            throw host.ExceptDecode(e, $"The model is damaged: {e.Message}. Copy it again, or save it anew.");
        }
    }
}
