using Microsoft.ML.Data;
using Microsoft.ML.Model;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Scoring.Onnx;

namespace Microsoft.ML.Snn.Scoring;

/// <summary>A <see cref="SpikingNetworkTransformer"/> bound to a schema.</summary>
internal sealed class SpikingNetworkRowMapper : IRowMapper, ISaveAsOnnx
{
    private readonly SpikingNetworkTransformer _parent;
    private readonly DataViewSchema.Column _input;
    private readonly DataViewSchema.DetachedColumn[] _columns;

    /// <exception cref="ArgumentOutOfRangeException">The input column is missing or does not suit the network.</exception>
    public SpikingNetworkRowMapper(SpikingNetworkTransformer parent, DataViewSchema schema)
    {
        _parent = parent;
        _input = ColumnCheck.Find(schema, "input", parent.Settings.Input);
        FeatureRow.Check(_input, parent.Network);
        uint scoreSetId = schema.GetMaxAnnotationKind(out _, AnnotationUtils.Kinds.ScoreColumnSetId) + 1;
        _columns =
        [
            .. parent.Settings.Columns.Select(column => new DataViewSchema.DetachedColumn(
                column.Name, column.Type(parent.Network), column.Annotations(parent.Network, scoreSetId))),
        ];
    }

    public DataViewSchema.DetachedColumn[] GetOutputColumns() => _columns;

    public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
    {
        bool any = Enumerable.Range(0, _columns.Length).Any(activeOutput);
        return column => any && column == _input.Index;
    }

    public Delegate?[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action? disposer)
    {
        disposer = null;
        var getters = new Delegate?[_columns.Length];
        int[] active = [.. Enumerable.Range(0, getters.Length).Where(activeOutput)];
        if (active.Length == 0)
            return getters;
        RunDetails details = active.Aggregate(RunDetails.None, (sum, i) => sum | _parent.Settings.Columns[i].Details);
        ValueGetter<VBuffer<float>> getFeatures = input.GetGetter<VBuffer<float>>(input.Schema[_input.Index]);
        var row = new ScoredRow(_parent.Network, _parent.Settings, details, input, getFeatures);
        foreach (int i in active)
            getters[i] = row.Getter(_parent.Settings.Columns[i].Output);
        return getters;
    }

    public ITransformer GetTransformer() => _parent;

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)_parent).Save(ctx);

    // Of what ONNX cannot express, saving tells more than ML.NET would.
    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => true;

    /// <exception cref="ArgumentOutOfRangeException">The model is to have a lower operator set than the network needs.</exception>
    /// <exception cref="InvalidOperationException">ONNX cannot express the step that makes the features.</exception>
    /// <exception cref="NotSupportedException">
    /// Rows exit early, or columns tell what the network did, which ONNX cannot express; or the model would be too large.
    /// </exception>
    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx)
    {
        const string component = nameof(SnnCatalog.ApplySpikingNetwork);
        SpikingNetworkSettings settings = _parent.Settings;
        if (!settings.Exit.IsNever)
        {
            throw new NotSupportedException(
                $"ONNX cannot express the early exit of {component} ({settings.Exit}), after which rows take no further time steps: apply "
                + $"the network with {nameof(EarlyExit)}.{nameof(EarlyExit.Never)} for the ONNX model.");
        }
        string[] further =
        [
            .. settings.Columns.Where(column => column.Output > SpikingNetworkOutput.PredictedLabel).Select(column => column.Name),
        ];
        if (further.Length > 0)
        {
            throw new NotSupportedException(
                $"ONNX cannot express what the network did for a row, which {component} puts into '{string.Join("', '", further)}': "
                + "apply the network without these columns for the ONNX model.");
        }
        var export = new PipelineExport(ctx, component, _parent.Network, settings.Input);
        string[] variables = [.. _columns.Select(column => ctx.AddIntermediateVariable(column.Type, column.Name))];
        export.Write(variables[(int)SpikingNetworkOutput.Score], variables[(int)SpikingNetworkOutput.PredictedLabel]);
    }

    /// <summary>The row that a cursor stands on: scored once, whichever and how many of its columns are read.</summary>
    private sealed class ScoredRow(
        SpikingNetwork network, SpikingNetworkSettings settings, RunDetails details, DataViewRow input,
        ValueGetter<VBuffer<float>> getFeatures)
    {
        private readonly RunReport _report = new(network.TimeSteps, network.ClassCount);
        private readonly FeatureRow _row = new(network);
        private VBuffer<float> _features;
        private long _position = -1;

        public Delegate Getter(SpikingNetworkOutput output) => output switch
        {
            SpikingNetworkOutput.Score => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Copy(Score().Scores, ref value)),
            SpikingNetworkOutput.PredictedLabel => (ValueGetter<uint>)((ref uint value) => value = Key(Score().Scores)),
            SpikingNetworkOutput.StepScores =>
                (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Copy(Score().StepScores, ref value)),
            SpikingNetworkOutput.StepsUsed => (ValueGetter<int>)((ref int value) => value = Score().StepsUsed),
            SpikingNetworkOutput.Spikes => (ValueGetter<long>)((ref long value) => value = Score().Spikes),
            SpikingNetworkOutput.SynapticOperations =>
                (ValueGetter<long>)((ref long value) => value = Score().Operations.SynapticOperations),
            SpikingNetworkOutput.Additions => (ValueGetter<long>)((ref long value) => value = Score().Operations.Additions),
            SpikingNetworkOutput.MultiplyAdds => (ValueGetter<long>)((ref long value) => value = Score().Operations.MultiplyAdds),
            _ => (ValueGetter<double>)((ref double value) => value = Score().Operations.EnergyNanojoules(settings.Energy)),
        };

        private RunReport Score()
        {
            if (_position == input.Position)
                return _report;
            getFeatures(ref _features);
            if (_row.TryRead(in _features, out ReadOnlySpan<float> values))
                network.Score(values, settings.Exit, details, _report);
            else
                _report.SetUnknown();
            _position = input.Position;
            return _report;
        }

        private static void Copy(float[] values, ref VBuffer<float> target)
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref target, values.Length);
            values.CopyTo(editor.Values);
            target = editor.Commit();
        }

        /// <summary>The key of the predicted class; 0, a missing one, where scores are NaN.</summary>
        private static uint Key(float[] scores) => float.IsNaN(scores[0]) ? 0 : (uint)PredictedClass.Of(scores) + 1;
    }
}
