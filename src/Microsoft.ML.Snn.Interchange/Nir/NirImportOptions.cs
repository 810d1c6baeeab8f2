using Microsoft.ML.Snn.Interchange.Nir;

namespace Microsoft.ML.Snn;

/// <summary>What a NIR graph does not tell of the network that it is read as.</summary>
public sealed record NirImportOptions
{
    /// <summary>
    /// Number of time steps T, 1 to 65536. Default null: that of the file's metadata, which files of <c>SaveNir</c> have; others need it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int? TimeSteps
    {
        get;
        init => field = value is null or (>= 1 and <= 65536)
            ? value : throw new ArgumentOutOfRangeException(nameof(TimeSteps), value, "It is from 1 to 65536.");
    }

    /// <summary>
    /// dt, the length of a time step in the unit of the graph's time constants. Default null: that of the file's metadata, otherwise 1e-4.
    /// Sinabs writes time constants in steps: 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1e-9 to 1e9.</exception>
    public double? TimeStep
    {
        get;
        init => field = value is { } step ? NirTimeStep.Checked(step, nameof(TimeStep)) : null;
    }

    /// <summary>
    /// Whether a row of features has a slice for each time step, [T, C, H, W], or one for all, [C, H, W]. Default null: as the file's
    /// metadata say, otherwise true.
    /// </summary>
    public bool? InputHasTimeSteps { get; init; }

    /// <summary>The names of the classes, in the order of the output. Default null: those of the file's metadata.</summary>
    public IReadOnlyList<string>? ClassLabels { get; init; }

    /// <summary>
    /// What a spike does to the membrane potential, which a graph does not tell. Default: it is set to v_reset, as NIR's equations say.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enum.</exception>
    public NirReset Reset
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(
            nameof(Reset), value, $"It is one of {string.Join(", ", Enum.GetNames<NirReset>())}.");
    }

    /// <summary>How equations become time steps. Default: forward Euler.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enum.</exception>
    public NirDiscretization Discretization
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(
            nameof(Discretization), value, $"It is one of {string.Join(", ", Enum.GetNames<NirDiscretization>())}.");
    }
}
