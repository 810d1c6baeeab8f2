using Microsoft.ML.Snn;

namespace TrainAndScore.Training;

/// <summary>The network of a saved model, to go on from.</summary>
internal static class StartingNetwork
{
    /// <exception cref="UserException">The file cannot be read as a model.</exception>
    public static InitialNetwork Load(string modelPath)
    {
        if (!File.Exists(modelPath))
            throw new UserException($"--start-from: there is no file '{modelPath}'.");
        try
        {
            return InitialNetwork.FromModel(modelPath);
        }
        catch (InvalidDataException e)
        {
            throw new UserException($"--start-from: {e.Message}", e);
        }
    }
}
