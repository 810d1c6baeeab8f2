using Microsoft.ML.Model;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Engine.Format;
using Microsoft.ML.Snn.Scoring.Verification;

namespace Microsoft.ML.Snn.Scoring;

/// <summary>A folded network in a model zip: an entry of its own in the component's folder.</summary>
internal static class NetworkEntry
{
    public static void Save(ModelSaveContext ctx, SpikingNetwork network) =>
        ctx.SaveBinaryStream(NetworkFormat.EntryName, writer => NetworkFormat.Write(network.ToGraph(), writer));

    /// <exception cref="FormatException">
    /// The model is damaged, or of a version that this one does not know; as ML.NET reports such zips.
    /// </exception>
    public static SpikingNetwork Load(IHost host, ModelLoadContext ctx)
    {
        SpikingNetwork? network = null;
        VerifyArchive(host, ctx);
        try
        {
            if (ctx.TryLoadBinaryStream(NetworkFormat.EntryName, reader => network = SpikingNetwork.Read(reader)))
                return network!;
            throw new InvalidDataException(ctx.TryLoadBinaryStream(NetworkZip.FormerEntry, _ => { })
                ? NetworkZip.FormerMessage
                : $"the entry {NetworkFormat.EntryName} is missing");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw host.ExceptDecode(e, $"The spiking network in this model cannot be read: {e.Message}");
        }
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
