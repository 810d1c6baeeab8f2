using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Components;

namespace Microsoft.ML.Snn;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> for the <see cref="EventFramingTransformer"/>, which turns event recordings into frames.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use [AccumulateEvents](xref:Microsoft.ML.SnnCatalog.AccumulateEvents*).
///
/// ### Input and Output Columns
/// The input column holds <xref:Microsoft.ML.Snn.EventRecording>s; the output column is a vector of <xref:System.Single> with the
/// dimensions [T, 2, H, W] (OFF, ON), or [T, 1, H, W] with merged polarities, one slice a time step, as the trainer takes it. A missing
/// recording (null) gives NaN throughout, and one warning in the log; one without events gives zeros.
///
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | <xref:Microsoft.ML.Snn.EventRecordingDataViewType> |
/// | Output column data type | Known-sized vector of <xref:System.Single> |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.Snn |
/// | Exportable to ONNX | No |
///
/// ### Estimator Details
/// With sums (the default) the elements of a row add up to the number of its events inside the sensor and the slices.
/// Events outside the sensor are left out before the recording is filtered and cut into slices; at the end of a pass the log tells how
/// many there were.
///
/// Filters and accumulation are saved with the model, and act in training, scoring and live streams alike; none is random. Random changes
/// to the training samples alone (events dropped, jittered in time and place, shifted, mirrored) are the trainer's, which draws them anew
/// every epoch and takes no part of them into the model: <xref:Microsoft.ML.Snn.ImageAugmentation>.
/// ]]>
/// </format>
/// </remarks>
public sealed partial class EventFramingEstimator : TrivialEstimator<EventFramingTransformer>
{
    internal EventFramingEstimator(IHostEnvironment env, Options options)
        : this(Contracts.CheckRef(env, nameof(env)).Register(nameof(EventFramingEstimator)), options)
    {
    }

    private EventFramingEstimator(IHost host, Options options)
        : base(host, CreateTransformer(host, options))
    {
    }

    /// <summary>The schema that the transformer will give.</summary>
    /// <param name="inputSchema">The schema of the data to be transformed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The input column is missing or has the wrong type.</exception>
    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ColumnCheck.Input(Host, inputSchema, Transformer.InputColumnName,
            column => column.Kind == SchemaShape.Column.VectorKind.Scalar && column.ItemType is EventRecordingDataViewType,
            EventFramingTransformer.InputDescription);
        return inputSchema.With(Transformer.OutputColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single);
    }

    private static EventFramingTransformer CreateTransformer(IHost host, Options options)
    {
        MLNetVersion.Check();
        ArgumentNullException.ThrowIfNull(options);
        ColumnCheck.Name(options.OutputColumnName, nameof(options.OutputColumnName));
        ColumnCheck.OptionalName(options.InputColumnName, nameof(options.InputColumnName));
        ArgumentNullException.ThrowIfNull(options.Slicing, nameof(options.Slicing));
        ArgumentNullException.ThrowIfNull(options.Accumulation, nameof(options.Accumulation));
        ArgumentNullException.ThrowIfNull(options.Filters, nameof(options.Filters));
        var framing = new EventFraming(new()
        {
            Height = options.Height,
            Width = options.Width,
            TimeSteps = options.TimeSteps,
            Slicing = options.Slicing,
            SensorHeight = options.SensorHeight,
            SensorWidth = options.SensorWidth,
            Filters = options.Filters,
            Accumulation = options.Accumulation,
            MergePolarity = options.MergePolarity,
        });
        return new(host, framing, options.OutputColumnName, options.InputColumnName ?? options.OutputColumnName);
    }
}
