namespace Microsoft.ML.Snn;

/// <summary>How a network is written as an ONNX model.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>What one run of the model computes. Default: all time steps.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enum.</exception>
    public OnnxGraphForm Form
    {
        get;
        init => field = Checked(value, nameof(Form));
    }

    /// <summary>The shape of the input <c>Features</c>. Default: a vector.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enum.</exception>
    public OnnxInputLayout InputLayout
    {
        get;
        init => field = Checked(value, nameof(InputLayout));
    }

    /// <summary>
    /// Whether a network with 8-bit weights is written with integer arithmetic (ConvInteger), which gives the engine's membrane potentials
    /// to the last bit. Default true. False: as a network of float32 with the same weights, for runtimes that have no ConvInteger, as most
    /// have none on GPUs. Networks with other weights are always written in float32.
    /// </summary>
    public bool UseIntegers { get; init; } = true;

    private static T Checked<T>(T value, string name)
        where T : struct, Enum => Enum.IsDefined(value)
        ? value : throw new ArgumentOutOfRangeException(name, value, $"It is one of {string.Join(", ", Enum.GetNames<T>())}.");
}
