using EventCamera.Training;
using Microsoft.ML.Snn;

namespace EventCamera.CommandLine;

/// <summary>What the command line asks for.</summary>
/// <param name="Recordings">Zip or folder to train on; null for the recordings that the sample simulates.</param>
/// <param name="Test">Zip or folder of held-out recordings; null to hold out a part of <paramref name="Recordings"/>.</param>
/// <param name="Reading">How recordings are read.</param>
/// <param name="Recipe">Sensor, frames, network and training, with the options that were given in place of its own.</param>
/// <param name="Width">Factor on the widths of the network's layers.</param>
/// <param name="Out">Folder for everything that is written.</param>
/// <param name="Seed">Seed of the simulation, the split and the training.</param>
internal sealed record Settings(
    string? Recordings, string? Test, EventReadOptions Reading, EventRecipe Recipe, double Width, string Out, int Seed)
{
    public int FrameHeight => Recipe.Frame?.Height ?? Recipe.SensorHeight;

    public int FrameWidth => Recipe.Frame?.Width ?? Recipe.SensorWidth;
}
