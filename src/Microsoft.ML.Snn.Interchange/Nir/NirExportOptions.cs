using Microsoft.ML.Snn.Interchange.Nir;

namespace Microsoft.ML.Snn;

/// <summary>How a network is written as a NIR graph.</summary>
public sealed record NirExportOptions
{
    /// <summary>
    /// dt, the length of a time step in the unit of the graph's time constants, above 0. Default 1e-4, which is what snnTorch and
    /// SpikingJelly read graphs with; other tools have to be told the same.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1e-9 to 1e9.</exception>
    public double TimeStep
    {
        get;
        init => field = NirTimeStep.Checked(value, nameof(TimeStep));
    } = NirTimeStep.Default;

    /// <summary>
    /// Whether to add what NIR has no word for, as metadata that other tools pass over: dt, the number of time steps, class names, and of
    /// each layer its name, its exact decay and threshold, and the unit of 8-bit weights. Default true. Without it, a network that is read
    /// back has to be told its number of time steps, and numbers it has from the graph are rounded once more.
    /// </summary>
    public bool WriteMetadata { get; init; } = true;
}
