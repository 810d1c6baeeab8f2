using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.EventTransforms.Framing;

[assembly: LoadableClass(typeof(EventFramingTransformer), null, typeof(SignatureLoadModel),
    "Event framing", EventFramingTransformer.LoaderSignature)]

[assembly: LoadableClass(typeof(IRowMapper), typeof(EventFramingTransformer), null, typeof(SignatureLoadRowMapper),
    "Event framing", EventFramingTransformer.LoaderSignature)]

namespace Microsoft.ML.Snn;

/// <summary><see cref="ITransformer"/> resulting from fitting an <see cref="EventFramingEstimator"/>.</summary>
public sealed class EventFramingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "SnnEventFraming";
    internal const string InputDescription = "EventRecording (from LoadEvents, or a member with EventRecordingTypeAttribute)";

    private readonly EventFraming _framing;

    internal EventFramingTransformer(IHostEnvironment env, EventFraming framing, string outputColumnName, string inputColumnName)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(EventFramingTransformer)), (outputColumnName, inputColumnName))
    {
        _framing = framing;
    }

    private EventFramingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        // *** Binary format ***
        // <base>
        // the framing's options
        host.CheckDecode(ColumnPairs.Length == 1);
        try
        {
            _framing = EventFramingFormat.Read(ctx.Reader);
        }
        catch (InvalidDataException e)
        {
            throw host.ExceptDecode(e, $"The event framing in this model is damaged: {e.Message}");
        }
    }

    internal string OutputColumnName => ColumnPairs[0].outputColumnName;

    internal EventFraming Framing => _framing;

    internal string InputColumnName => ColumnPairs[0].inputColumnName;

    internal static EventFramingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        MLNetVersion.Check();
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new(env.Register(nameof(EventFramingTransformer)), ctx);
    }

    internal static IRowMapper Create(IHostEnvironment env, ModelLoadContext ctx, DataViewSchema inputSchema) =>
        Create(env, ctx).MakeRowMapper(inputSchema);

    /// <inheritdoc/>
    protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        EventFramingFormat.Write(_framing, ctx.Writer);
    }

    /// <inheritdoc/>
    protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
        DataViewSchema.Column column = inputSchema[srcCol];
        if (column.Type is not EventRecordingDataViewType)
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", column.Name, InputDescription, column.Type.ToString());
    }

    /// <inheritdoc/>
    protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private void WarnOfEventsOutside(long outside, long all)
    {
        if (outside == 0)
            return;
        using IChannel channel = Host.Start("Framing");
        channel.Warning($"{outside} of {all} events in column '{InputColumnName}' lie outside the sensor of "
            + $"{_framing.SensorHeight} x {_framing.SensorWidth} pixels (height x width) and were left out.");
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "SNNEVFRM",
        verWrittenCur: 0x00010002, // Filters, time surfaces
        verReadableCur: 0x00010002,
        verWeCanReadBack: 0x00010002,
        loaderAssemblyName: typeof(EventFramingTransformer).Assembly.FullName!,
        loaderSignature: LoaderSignature);

    private sealed class Mapper(EventFramingTransformer parent, DataViewSchema inputSchema)
        : OneToOneMapperBase(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
    {
        private readonly FirstRowWarning _missingWarning = new(parent.Host, "Framing");

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
            [new(parent.OutputColumnName, new VectorDataViewType(NumberDataViewType.Single, parent._framing.Shape.ToArray()))];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action disposer)
        {
            ValueGetter<EventRecording?> getRecording = input.GetGetter<EventRecording?>(input.Schema[ColMapNewToOld[0]]);
            int length = parent._framing.FeatureCount;
            long outside = 0, all = 0;
            disposer = () => parent.WarnOfEventsOutside(outside, all);
            ValueGetter<VBuffer<float>> getter = (ref VBuffer<float> frames) =>
            {
                // Not outside of this: the latest recording, many megabytes, would stay until the next one comes.
                EventRecording? recording = null;
                getRecording(ref recording);
                VBufferEditor<float> editor = VBufferEditor.Create(ref frames, length);
                if (recording is null)
                {
                    editor.Values.Fill(float.NaN);
                    _missingWarning.Give(input, parent.InputColumnName,
                        "is missing: its recording is null, as LoadEvents gives for an empty path. Its frames are NaN, and so are all "
                        + "such. Filter such rows before training.");
                }
                else
                {
                    outside += parent._framing.Accumulate(recording.Events.Span, editor.Values);
                    all += recording.Count;
                }
                frames = editor.Commit();
            };
            return getter;
        }
    }
}
