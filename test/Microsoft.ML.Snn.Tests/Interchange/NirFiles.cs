namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>NIR graphs in memory.</summary>
internal static class NirFiles
{
    public static byte[] Export(SpikingNetwork network, NirExportOptions? options = null)
    {
        using var stream = new MemoryStream();
        network.SaveNir(stream, options ?? new());
        return stream.ToArray();
    }

    public static SpikingNetwork Load(byte[] file, NirImportOptions? options = null)
    {
        using var stream = new MemoryStream(file);
        return NirNetwork.Load(stream, options ?? new());
    }
}
