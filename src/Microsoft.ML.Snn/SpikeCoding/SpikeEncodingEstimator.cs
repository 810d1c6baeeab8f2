using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.SpikeCoding;

namespace Microsoft.ML.Snn;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> for the <see cref="SpikeEncodingTransformer"/>, which turns values into spikes.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use [EncodeSpikes](xref:Microsoft.ML.SnnCatalog.EncodeSpikes*).
///
/// ### Input and Output Columns
/// The input column is a known-sized vector of <xref:System.Single>; the output column is one too, T time steps of it:
///
/// | Code | Input dimensions | Output dimensions |
/// | -- | -- | -- |
/// | Rate, Latency, Phase, Direct | [...] | [T, ...] |
/// | Delta | [S, ...]; [S, C, H, W] | [S, 2, ...]; [S, 2C, H, W]: first the OFF channels, then the ON channels |
/// | Population with K fields | [C, H, W]; [N] | [T, KC, H, W]; [T, NK, 1, 1]: the fields of a channel are neighbors |
///
/// A row with a value that is not finite counts as missing and gives NaN throughout. Values outside the code's input range count as its
/// ends; the log warns of the first one, once for each Transform.
///
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Known-sized vector of <xref:System.Single> |
/// | Output column data type | Known-sized vector of <xref:System.Single> |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.Snn |
/// | Exportable to ONNX | No |
///
/// ### Estimator Details
/// <xref:Microsoft.ML.Snn.SpikeCodeKind> gives the equation and the source of each code. Rate coding is random but repeatable: its spikes
/// depend on the seed and on the values of the row, not on the row's place, the cursor or the thread. Equal rows get equal spikes, and a
/// row gets the same spikes each time it is read, so also in each epoch of a training.
/// ]]>
/// </format>
/// </remarks>
public sealed partial class SpikeEncodingEstimator : TrivialEstimator<SpikeEncodingTransformer>
{
    internal SpikeEncodingEstimator(IHostEnvironment env, Options options)
        : this(Contracts.CheckRef(env, nameof(env)).Register(nameof(SpikeEncodingEstimator)), options)
    {
    }

    private SpikeEncodingEstimator(IHost host, Options options)
        : base(host, CreateTransformer(host, options))
    {
    }

    /// <summary>The schema that the transformer will give.</summary>
    /// <param name="inputSchema">The schema of the data to be transformed.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The input column is missing or has the wrong type. (Fit also refuses dimensions that the code has no use for; a schema shape has
    /// none.)
    /// </exception>
    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ColumnCheck.Input(Host, inputSchema, Transformer.InputColumnName,
            column => column.Kind == SchemaShape.Column.VectorKind.Vector && column.ItemType.Equals(NumberDataViewType.Single),
            SpikeEncodingTransformer.InputDescription);
        return inputSchema.With(Transformer.OutputColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single);
    }

    private static SpikeEncodingTransformer CreateTransformer(IHost host, Options options)
    {
        MLNetVersion.Check();
        ArgumentNullException.ThrowIfNull(options);
        ColumnCheck.Name(options.OutputColumnName, nameof(options.OutputColumnName));
        ColumnCheck.OptionalName(options.InputColumnName, nameof(options.InputColumnName));
        ArgumentNullException.ThrowIfNull(options.Code, nameof(options.Code));
        SpikeEncoding encoding = SpikeEncoding.Create(options.Code, host.Rand.Next);
        return new(host, encoding, options.OutputColumnName, options.InputColumnName ?? options.OutputColumnName);
    }
}
