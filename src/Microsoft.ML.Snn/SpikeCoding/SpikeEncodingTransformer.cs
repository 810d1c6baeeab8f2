using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.SpikeCoding;

[assembly: LoadableClass(typeof(SpikeEncodingTransformer), null, typeof(SignatureLoadModel),
    "Spike encoding", SpikeEncodingTransformer.LoaderSignature)]

[assembly: LoadableClass(typeof(IRowMapper), typeof(SpikeEncodingTransformer), null, typeof(SignatureLoadRowMapper),
    "Spike encoding", SpikeEncodingTransformer.LoaderSignature)]

namespace Microsoft.ML.Snn;

/// <summary><see cref="ITransformer"/> resulting from fitting a <see cref="SpikeEncodingEstimator"/>.</summary>
public sealed class SpikeEncodingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "SnnSpikeEncoding";
    internal const string InputDescription = "known-sized vector of Single";

    private readonly SpikeEncoding _encoding;

    internal SpikeEncodingTransformer(IHostEnvironment env, SpikeEncoding encoding, string outputColumnName, string inputColumnName)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(SpikeEncodingTransformer)), (outputColumnName, inputColumnName))
    {
        _encoding = encoding;
    }

    private SpikeEncodingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        // *** Binary format ***
        // <base>
        // the code and its parameters
        host.CheckDecode(ColumnPairs.Length == 1);
        try
        {
            _encoding = SpikeEncoding.Read(ctx.Reader);
        }
        catch (Exception e) when (e is ArgumentException or EndOfStreamException)
        {
            throw host.ExceptDecode(e, $"The spike encoding in this model is damaged: {e.Message}");
        }
    }

    internal string OutputColumnName => ColumnPairs[0].outputColumnName;

    internal string InputColumnName => ColumnPairs[0].inputColumnName;

    internal static SpikeEncodingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        MLNetVersion.Check();
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new(env.Register(nameof(SpikeEncodingTransformer)), ctx);
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
        _encoding.Write(ctx.Writer);
    }

    /// <inheritdoc/>
    protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
        DataViewSchema.Column column = inputSchema[srcCol];
        if (column.Type is not VectorDataViewType { IsKnownSize: true } type || !type.ItemType.Equals(NumberDataViewType.Single))
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", column.Name, InputDescription, column.Type.ToString());
    }

    /// <inheritdoc/>
    protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "SNNSPENC",
        verWrittenCur: 0x00010001, // Initial
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderAssemblyName: typeof(SpikeEncodingTransformer).Assembly.FullName!,
        loaderSignature: LoaderSignature);

    private sealed class Mapper : OneToOneMapperBase
    {
        private readonly SpikeEncodingTransformer _parent;
        private readonly int[] _inputDimensions;
        private readonly int[] _outputDimensions;
        private readonly FirstRowWarning _clampingWarning;

        public Mapper(SpikeEncodingTransformer parent, DataViewSchema inputSchema)
            : base(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
        {
            _parent = parent;
            _clampingWarning = new(Host, "Encoding");
            _inputDimensions = [.. ((VectorDataViewType)inputSchema[ColMapNewToOld[0]].Type).Dimensions];
            _outputDimensions = parent._encoding.OutputDimensions(parent.InputColumnName, _inputDimensions);
        }

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
            [new(_parent.OutputColumnName, new VectorDataViewType(NumberDataViewType.Single, _outputDimensions))];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            ValueGetter<VBuffer<float>> getValues = input.GetGetter<VBuffer<float>>(input.Schema[ColMapNewToOld[0]]);
            VBuffer<float> row = default;
            var values = new float[Length(_inputDimensions)];
            int outputLength = Length(_outputDimensions);
            ValueGetter<VBuffer<float>> getter = (ref VBuffer<float> spikes) =>
            {
                getValues(ref row);
                if (row.Length != values.Length)
                {
                    throw Host.Except(
                        $"Row {input.Position} of column '{_parent.InputColumnName}' has {row.Length} values instead of {values.Length}.");
                }
                row.CopyTo(values);
                if (!_clampingWarning.IsGiven)
                    WarnOfClamping(input, values);
                VBufferEditor<float> editor = VBufferEditor.Create(ref spikes, outputLength);
                _parent._encoding.Encode(values, _inputDimensions, editor.Values);
                spikes = editor.Commit();
            };
            return getter;
        }

        private void WarnOfClamping(DataViewRow input, ReadOnlySpan<float> values)
        {
            SpikeEncoding encoding = _parent._encoding;
            int index = encoding.FindClamped(values);
            if (index < 0)
                return;
            float value = values[index], minimum = encoding.Code.Minimum!.Value, maximum = encoding.Code.Maximum!.Value;
            _clampingWarning.Give(input, _parent.InputColumnName, FormattableString.Invariant(
                $"has {value} at index {index}, outside the range {minimum} to {maximum} of EncodeSpikes: it counts as ")
                + FormattableString.Invariant($"{Math.Clamp(value, minimum, maximum)}, and so does every such value. ")
                + "Set the minimum and maximum of the SpikeCode to the range of the values, for pixels 0 and 255.");
        }

        private static int Length(int[] dimensions) => dimensions.Aggregate(1, (product, size) => product * size);
    }
}
