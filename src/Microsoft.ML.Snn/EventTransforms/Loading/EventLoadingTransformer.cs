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
        IHostEnvironment env, EventReadOptions reading, string? folder, string[] timeColumns, string outputColumnName,
        string inputColumnName)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(EventLoadingTransformer)), (outputColumnName, inputColumnName))
    {
        Reading = reading;
        _folder = folder;
        TimeColumns = timeColumns;
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
        // int: unit of times, or -1 for none
        // id of string: columns, or none
        // id of string: name of the array, or none
        // int: camera, or -1 for the one that the file names
        // bool: whether rows are parts of files
        // if so: ids of strings: the columns of start and end
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
                TimeUnit = ctx.Reader.ReadInt32() is not -1 and var unit ? (EventTimeUnit)unit : null,
                Columns = ctx.LoadStringOrNull(),
                ArrayName = ctx.LoadStringOrNull(),
                Camera = ctx.Reader.ReadInt32() is not -1 and var camera ? (EventCameraModel)camera : null,
            };
        }
        catch (ArgumentException e)
        {
            throw host.ExceptDecode(e, $"The event loading in this model is damaged: {e.Message}");
        }
        TimeColumns = ctx.Reader.ReadBoolean() ? [ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString()] : [];
    }

    /// <summary>How the files are read, as the estimator was told.</summary>
    public EventReadOptions Reading { get; }

    internal string OutputColumnName => ColumnPairs[0].outputColumnName;

    internal string InputColumnName => ColumnPairs[0].inputColumnName;

    /// <summary>The columns of start and end; none where rows are whole files.</summary>
    internal string[] TimeColumns { get; }

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
        ctx.Writer.Write(Reading.TimeUnit is { } unit ? (int)unit : -1);
        ctx.SaveStringOrNull(Reading.Columns);
        ctx.SaveStringOrNull(Reading.ArrayName);
        ctx.Writer.Write(Reading.Camera is { } camera ? (int)camera : -1);
        ctx.Writer.Write(TimeColumns.Length > 0);
        foreach (string column in TimeColumns)
            ctx.SaveNonEmptyString(column);
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

    private EventRecording? Load(ReadOnlyMemory<char> path, long? start, long? end)
    {
        if (path.IsEmpty)
            return null;
        string file = path.ToString();
        using EventFileReader reader = EventFileReader.Open(_folder is null ? file : Path.Combine(_folder, file), Reading);
        EventRecording recording = EventRecording.Read(reader, start, end);
        if (reader.Damage is { } damage)
        {
            using IChannel channel = Host.Start("Loading");
            channel.Warning($"{damage} The {recording.Count} events before that are used.");
        }
        return recording;
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "SNNEVLOA",
        verWrittenCur: 0x00010002, // Parts of files
        verReadableCur: 0x00010002,
        verWeCanReadBack: 0x00010002,
        loaderAssemblyName: typeof(EventLoadingTransformer).Assembly.FullName!,
        loaderSignature: LoaderSignature);

    private sealed class Mapper : OneToOneMapperBase
    {
        private readonly EventLoadingTransformer _parent;
        private readonly DataViewSchema.Column[] _times;

        public Mapper(EventLoadingTransformer parent, DataViewSchema inputSchema)
            : base(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
        {
            _parent = parent;
            _times = [.. parent.TimeColumns.Select(name => ColumnCheck.Find(inputSchema, "time", name))];
            if (_times.FirstOrDefault(column => !column.Type.Equals(NumberDataViewType.Int64)) is { Name: not null } wrong)
                throw ColumnCheck.Unsuitable("time", wrong, "Int64");
        }

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
            [new(_parent.OutputColumnName, new EventRecordingDataViewType())];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            ValueGetter<ReadOnlyMemory<char>> getPath = input.GetGetter<ReadOnlyMemory<char>>(input.Schema[ColMapNewToOld[0]]);
            ValueGetter<long>[] getTimes = [.. _times.Select(column => input.GetGetter<long>(input.Schema[column.Index]))];
            ReadOnlyMemory<char> path = default;
            ValueGetter<EventRecording?> getter = (ref EventRecording? recording) =>
            {
                getPath(ref path);
                recording = getTimes is [var getStart, var getEnd]
                    ? _parent.Load(path, Get(getStart), Get(getEnd)) : _parent.Load(path, null, null);
            };
            return getter;
        }

        protected override Func<int, bool> GetDependenciesCore(Func<int, bool> activeOutput)
        {
            Func<int, bool> ofPath = base.GetDependenciesCore(activeOutput);
            return column => ofPath(column) || activeOutput(0) && _times.Any(time => time.Index == column);
        }

        private static long Get(ValueGetter<long> getter)
        {
            long value = 0;
            getter(ref value);
            return value;
        }
    }
}
