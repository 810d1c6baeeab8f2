using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Scoring;
using Microsoft.ML.Snn.Scoring.Labels;

namespace Microsoft.ML.Snn;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> for the <see cref="SpikingNetworkTransformer"/>, which classifies rows with a trained spiking
/// network.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use [ApplySpikingNetwork](xref:Microsoft.ML.SnnCatalog.ApplySpikingNetwork*).
///
/// ### Input and Output Columns
/// The input column is a vector of <xref:System.Single> with as many values as the network takes.
///
/// | Output column | Column type | Description |
/// | -- | -- | -- |
/// | `Score` | Vector of <xref:System.Single> | The probability of each class. |
/// | `PredictedLabel` | Key | The class with the highest probability; its key values are the network's class labels. |
/// | those that the options name | | Scores after each step, steps used, spikes, operations, energy. |
///
/// Score and PredictedLabel have the annotations of a multiclass trainer, so that `MulticlassClassification.Evaluate` takes them. Labels to
/// compare with must be mapped to keys in the order of the network's class labels. Labels that were numbers are <xref:System.Double> here.
///
/// A row with a feature that is not finite has NaN scores, a missing label, and no steps, spikes or operations.
///
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Vector of <xref:System.Single> |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.Snn |
/// | Exportable to ONNX | Yes, with Score and PredictedLabel alone and no early exit |
///
/// ### Estimator Details
/// Without an early exit the network computes blocks of time steps, which is fastest. With one it goes step by step, looks at its scores
/// after each, and stops when they reach a bound: the steps after that are not computed. The scores of the steps that are computed are
/// the same to the last bit either way. Rows are independent, and columns that nobody reads cost nothing.
/// ]]>
/// </format>
/// </remarks>
public sealed partial class SpikingNetworkEstimator : TrivialEstimator<SpikingNetworkTransformer>
{
    internal SpikingNetworkEstimator(IHostEnvironment env, SpikingNetwork network, Options options)
        : this(Contracts.CheckRef(env, nameof(env)).Register(nameof(SpikingNetworkEstimator)), network, Checked(network, options))
    {
    }

    private SpikingNetworkEstimator(IHost host, SpikingNetwork network, SpikingNetworkSettings settings)
        : base(host, new SpikingNetworkTransformer(host, network, settings))
    {
    }

    /// <summary>The schema that the transformer will give.</summary>
    /// <param name="inputSchema">The schema of the data to be transformed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The input column is missing or has the wrong type.</exception>
    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        (SpikingNetwork network, SpikingNetworkSettings settings) = (Transformer.Network, Transformer.Settings);
        ColumnCheck.Input(Host, inputSchema, settings.Input,
            column => column.Kind != SchemaShape.Column.VectorKind.Scalar && column.ItemType.Equals(NumberDataViewType.Single),
            "vector of Single");
        var columns = inputSchema.ToDictionary(column => column.Name);
        foreach (SpikingNetworkColumn column in settings.Columns)
        {
            SchemaShape? annotations = column.Annotations(network, scoreSetId: 0) is { } some ? ClassAnnotations.ShapeOf(some) : null;
            columns[column.Name] = ClassAnnotations.ShapeOf(column.Name, column.Type(network), annotations);
        }
        return new SchemaShape(columns.Values);
    }

    private static SpikingNetworkSettings Checked(SpikingNetwork network, Options options)
    {
        MLNetVersion.Check();
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        return SpikingNetworkSettings.Of(options);
    }
}
