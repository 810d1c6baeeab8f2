using Microsoft.ML.Snn;

namespace EventCamera.CommandLine;

/// <summary>What the command line asks for.</summary>
/// <param name="Recordings">Zip or folder to train on; null for the recordings that the sample simulates.</param>
/// <param name="Test">Zip or folder of held-out recordings; null to hold out a part of <paramref name="Recordings"/>.</param>
/// <param name="Reading">How recordings are read.</param>
/// <param name="SensorHeight">Height of the sensor in pixels.</param>
/// <param name="SensorWidth">Width of the sensor in pixels.</param>
/// <param name="TimeSteps">Slices of a recording.</param>
/// <param name="Width">Factor on the widths of the network's layers.</param>
/// <param name="Epochs">Passes over the training recordings.</param>
/// <param name="Out">Folder for everything that is written.</param>
/// <param name="Seed">Seed of the simulation, the split and the training.</param>
internal sealed record Settings(
    string? Recordings, string? Test, EventReadOptions Reading, int SensorHeight, int SensorWidth, int TimeSteps, double Width, int Epochs,
    string Out, int Seed);
