using Microsoft.ML.Snn;

namespace TrainAndScore.Training;

/// <summary>The trained network for other runtimes.</summary>
internal static class OnnxFile
{
    /// <summary>Tries that the file can be written.</summary>
    /// <param name="path">Where it will be.</param>
    /// <param name="others">Paths of what the run writes beside it.</param>
    /// <exception cref="UserException">It cannot, or is one of the others.</exception>
    public static void Prepare(string path, ReadOnlySpan<string> others)
    {
        string full = Path.GetFullPath(path);
        foreach (string other in others)
        {
            // Whatever the case: some systems' files have none.
            if (full.Equals(Path.GetFullPath(other), StringComparison.OrdinalIgnoreCase))
                throw new UserException($"--onnx: '{path}' is where another result of this run goes. Name another file.");
        }
        OutputPath.PrepareFolder(Path.GetDirectoryName(full) ?? full, Path.GetFileName(full));
    }

    /// <summary>Writes the model: what the pipeline's ExtractPixels does, and the network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">Path of the model.</param>
    /// <param name="zip">Path of the zip that has the network already.</param>
    /// <exception cref="UserException">The network cannot be written as ONNX.</exception>
    public static void Save(SpikingNetwork network, string path, string zip)
    {
        try
        {
            network.SaveOnnx(path, new OnnxExportOptions { InputLayout = OnnxInputLayout.Pixels() });
        }
        catch (NotSupportedException e)
        {
            throw new UserException($"--onnx: {e.Message} Nothing is lost: the trained model is in '{zip}'.", e);
        }
    }
}
