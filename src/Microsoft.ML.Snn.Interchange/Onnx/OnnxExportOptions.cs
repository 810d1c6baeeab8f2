namespace Microsoft.ML.Snn;

/// <summary>How a network is written as an ONNX model.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>What one run of the model computes. Default: all time steps.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enum.</exception>
    public OnnxGraphForm Form
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value : throw new ArgumentOutOfRangeException(
                nameof(Form), value, $"It is one of {string.Join(", ", Enum.GetNames<OnnxGraphForm>())}.");
    }

    /// <summary>What the model takes: features, or pictures. Default: <see cref="OnnxInputLayout.Vector"/>.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public OnnxInputLayout InputLayout
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(InputLayout));
    } = OnnxInputLayout.Vector;

    /// <summary>
    /// Whether a network with 8-bit weights is written with integer arithmetic (ConvInteger), which gives the engine's membrane potentials
    /// to the last bit. Default true. False: as a network of float32 with the same weights, for runtimes that have no ConvInteger, as most
    /// have none on GPUs. Networks with other weights are always written in float32.
    /// </summary>
    public bool UseIntegers { get; init; } = true;
}
