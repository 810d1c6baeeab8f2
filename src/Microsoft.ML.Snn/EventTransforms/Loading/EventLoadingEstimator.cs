using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Components;

namespace Microsoft.ML.Snn;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> for the <see cref="EventLoadingTransformer"/>, which reads recordings of event cameras.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use [LoadEvents](xref:Microsoft.ML.SnnCatalog.LoadEvents*).
///
/// ### Input and Output Columns
/// The input column holds paths; the output column holds an <xref:Microsoft.ML.Snn.EventRecording> for each: null where the path is empty.
/// Two more input columns, where the options name them, hold the times between which a row's part of its file lies.
///
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | [Text](<xref:Microsoft.ML.Data.TextDataViewType>); times: <xref:System.Int64> |
/// | Output column data type | <xref:Microsoft.ML.Snn.EventRecordingDataViewType> |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.Snn |
/// | Exportable to ONNX | No |
///
/// ### Estimator Details
/// A file is read when its row's value is asked for, as a whole (16 bytes per event); its format is recognized by content. Where the
/// options ask to keep the events before a damage, each damaged file gives a warning in the log. HDF5 files need the package
/// Microsoft.ML.Snn.Events.Hdf5, in each process that reads them: call Hdf5Events.Register() before.
///
/// The order of the rows is the order of the paths, which for files listed from a folder is often the order of the classes.
/// [TrainTestSplit](xref:Microsoft.ML.DataOperationsCatalog.TrainTestSplit*) splits by chance and the trainer shuffles, so neither depends
/// on it; do not split by taking the first rows.
/// ]]>
/// </format>
/// </remarks>
public sealed partial class EventLoadingEstimator : TrivialEstimator<EventLoadingTransformer>
{
    internal EventLoadingEstimator(IHostEnvironment env, Options options)
        : this(Contracts.CheckRef(env, nameof(env)).Register(nameof(EventLoadingEstimator)), options)
    {
    }

    private EventLoadingEstimator(IHost host, Options options)
        : base(host, CreateTransformer(host, options))
    {
    }

    /// <summary>The schema that the transformer will give.</summary>
    /// <param name="inputSchema">The schema of the data to be transformed.</param>
    /// <exception cref="ArgumentOutOfRangeException">An input column is missing or has the wrong type.</exception>
    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ColumnCheck.Input(Host, inputSchema, Transformer.InputColumnName,
            column => column.Kind == SchemaShape.Column.VectorKind.Scalar && column.ItemType.Equals(TextDataViewType.Instance), "String");
        foreach (string time in Transformer.TimeColumns)
        {
            ColumnCheck.Input(Host, inputSchema, time,
                column => column.Kind == SchemaShape.Column.VectorKind.Scalar && column.ItemType.Equals(NumberDataViewType.Int64)
                    && !column.IsKey,
                "Int64", role: "time");
        }
        return inputSchema.With(Transformer.OutputColumnName, SchemaShape.Column.VectorKind.Scalar, new EventRecordingDataViewType());
    }

    private static EventLoadingTransformer CreateTransformer(IHost host, Options options)
    {
        MLNetVersion.Check();
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.Reading);
        ColumnCheck.Name(options.OutputColumnName, nameof(options.OutputColumnName));
        ColumnCheck.OptionalName(options.InputColumnName, nameof(options.InputColumnName));
        ColumnCheck.OptionalName(options.StartTimeColumnName, nameof(options.StartTimeColumnName));
        ColumnCheck.OptionalName(options.EndTimeColumnName, nameof(options.EndTimeColumnName));
        if (options.StartTimeColumnName is null != options.EndTimeColumnName is null)
        {
            throw new ArgumentException(
                $"The options {nameof(options.StartTimeColumnName)} and {nameof(options.EndTimeColumnName)} go together: set both or "
                + "neither.",
                options.StartTimeColumnName is null ? nameof(options.StartTimeColumnName) : nameof(options.EndTimeColumnName));
        }
        string? folder = string.IsNullOrEmpty(options.EventFolder) ? null : Path.GetFullPath(options.EventFolder);
        if (folder is not null && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The option EventFolder: there is no folder '{folder}'.");
        string[] times = options.StartTimeColumnName is { } start ? [start, options.EndTimeColumnName!] : [];
        return new(host, options.Reading, folder, times, options.OutputColumnName, options.InputColumnName ?? options.OutputColumnName);
    }
}
