using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Components;

[assembly: LoadableClass(typeof(EventLoadingTransformer), null, typeof(SignatureLoadModel),
    "Event loading", EventLoadingTransformer.LoaderSignature)]

[assembly: LoadableClass(typeof(IRowMapper), typeof(EventLoadingTransformer), null, typeof(SignatureLoadRowMapper),
    "Event loading", EventLoadingTransformer.LoaderSignature)]

namespace Microsoft.ML.Snn;

/// <summary><see cref="ITransformer"/> resulting from fitting an <see cref="EventLoadingEstimator"/>.</summary>
public sealed class EventLoadingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "SnnEventLoading";

    private readonly string? _folder;

    internal EventLoadingTransformer(
        IHostEnvironment env, EventReadOptions reading, string? folder, string outputColumnName, string inputColumnName)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(EventLoadingTransformer)), (outputColumnName, inputColumnName))
    {
        Reading = reading;
        _folder = folder;
    }

    private EventLoadingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        // *** Binary format ***
        // <base>
        // id of string: folder, or none
        // int: format, or -1 for the one recognized
        // int: what to do with damage
        // long: longest backward step, ticks
        // long: longest forward step, ticks
        // long: most events, or -1 for any number
        // id of string: NumPy columns
        host.CheckDecode(ColumnPairs.Length == 1);
        _folder = ctx.LoadStringOrNull();
        try
        {
            Reading = new EventReadOptions
            {
                Format = ctx.Reader.ReadInt32() is not -1 and var format ? (EventFileFormat)format : null,
                OnDamage = (EventDamagePolicy)ctx.Reader.ReadInt32(),
                MaxBackwardStep = new TimeSpan(ctx.Reader.ReadInt64()),
                MaxForwardStep = new TimeSpan(ctx.Reader.ReadInt64()),
                MaxEvents = ctx.Reader.ReadInt64() is not -1 and var events ? events : null,
                NumPyColumns = ctx.LoadNonEmptyString(),
            };
        }
        catch (ArgumentException e)
        {
            throw host.ExceptDecode(e, $"The event loading in this model is damaged: {e.Message}");
        }
    }

    /// <summary>How the files are read, as the estimator was told.</summary>
    public EventReadOptions Reading { get; }

    internal string OutputColumnName => ColumnPairs[0].outputColumnName;

    internal string InputColumnName => ColumnPairs[0].inputColumnName;

    internal static EventLoadingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        MLNetVersion.Check();
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new(env.Register(nameof(EventLoadingTransformer)), ctx);
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
        ctx.SaveStringOrNull(_folder);
        ctx.Writer.Write(Reading.Format is { } format ? (int)format : -1);
        ctx.Writer.Write((int)Reading.OnDamage);
        ctx.Writer.Write(Reading.MaxBackwardStep.Ticks);
        ctx.Writer.Write(Reading.MaxForwardStep.Ticks);
        ctx.Writer.Write(Reading.MaxEvents ?? -1);
        ctx.SaveNonEmptyString(Reading.NumPyColumns);
    }

    /// <inheritdoc/>
    protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
        DataViewSchema.Column column = inputSchema[srcCol];
        if (column.Type is not TextDataViewType)
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", column.Name, "String", column.Type.ToString());
    }

    /// <inheritdoc/>
    protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private EventRecording? Load(ReadOnlyMemory<char> path)
    {
        if (path.IsEmpty)
            return null;
        string file = path.ToString();
        using EventFileReader reader = EventFileReader.Open(_folder is null ? file : Path.Combine(_folder, file), Reading);
        EventRecording recording = EventRecording.Read(reader);
        if (reader.Damage is { } damage)
        {
            using IChannel channel = Host.Start("Loading");
            channel.Warning($"{damage} The {recording.Count} events before that are used.");
        }
        return recording;
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "SNNEVLOA",
        verWrittenCur: 0x00010001, // Initial
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderAssemblyName: typeof(EventLoadingTransformer).Assembly.FullName!,
        loaderSignature: LoaderSignature);

    private sealed class Mapper(EventLoadingTransformer parent, DataViewSchema inputSchema)
        : OneToOneMapperBase(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
    {
        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
            [new(parent.OutputColumnName, new EventRecordingDataViewType())];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            ValueGetter<ReadOnlyMemory<char>> getPath = input.GetGetter<ReadOnlyMemory<char>>(input.Schema[ColMapNewToOld[0]]);
            ReadOnlyMemory<char> path = default;
            ValueGetter<EventRecording?> getter = (ref EventRecording? recording) =>
            {
                getPath(ref path);
                recording = parent.Load(path);
            };
            return getter;
        }
    }
}
