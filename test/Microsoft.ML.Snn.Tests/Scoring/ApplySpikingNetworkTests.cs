using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Scoring;

public class ApplySpikingNetworkTests
{
    private const int Classes = 4, Steps = 6;

    internal static readonly EnergyModel Energy = new() { AdditionPicojoules = 0.5, MultiplyAddPicojoules = 3 };

    private readonly MLContext _context = new(seed: 1);

    private readonly SpikingNetwork _network = LabeledNetwork.Create();

    internal static SpikingNetworkEstimator.Options EveryColumn(float? exitConfidence = null, float? exitMargin = null) => new()
    {
        OutputColumnName = "P",
        PredictedLabelColumnName = "Guess",
        Exit = new() { Confidence = exitConfidence, Margin = exitMargin },
        StepScoresColumnName = "StepScores",
        StepsUsedColumnName = "StepsUsed",
        SpikesColumnName = "Spikes",
        SynapticOperationsColumnName = "SynapticOperations",
        AdditionsColumnName = "Additions",
        MultiplyAddsColumnName = "MultiplyAdds",
        EnergyNanojoulesColumnName = "EnergyNanojoules",
        Energy = Energy,
    };

    private sealed class Prediction
    {
        public float[] P { get; set; } = [];

        public uint Guess { get; set; }

        public float[] StepScores { get; set; } = [];

        public int StepsUsed { get; set; }

        public long Spikes { get; set; }

        public long SynapticOperations { get; set; }

        public long Additions { get; set; }

        public long MultiplyAdds { get; set; }

        public double EnergyNanojoules { get; set; }
    }

    [Fact]
    public void Scores_are_those_of_the_network_to_the_bit_and_the_label_is_the_best()
    {
        LabeledNetwork.Row[] rows = LabeledNetwork.Rows(12);
        IDataView scored = _context.Transforms.ApplySpikingNetwork(_network).Fit(LabeledNetwork.View(_context))
            .Transform(LabeledNetwork.View(_context));
        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        uint[] labels = [.. scored.GetColumn<uint>("PredictedLabel")];
        float[] expected = new float[Classes];
        for (int i = 0; i < rows.Length; i++)
        {
            _network.Score(rows[i].Features, expected);
            Assert.Equal(expected, scores[i]);
            Assert.Equal(Array.IndexOf(expected, expected.Max()) + 1, (int)labels[i]);
        }
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(0.5f, null)]
    [InlineData(null, 0.3f)]
    [InlineData(0.7f, 0.2f)]
    public void A_row_stops_at_the_first_step_that_reaches_a_bound_and_its_columns_are_those_of_its_trace(float? confidence, float? margin)
    {
        LabeledNetwork.Row[] rows = LabeledNetwork.Rows(20);
        Prediction[] predictions = Predict(EveryColumn(confidence, margin), rows);
        var exit = new EarlyExit { Confidence = confidence, Margin = margin };
        for (int i = 0; i < rows.Length; i++)
        {
            SpikingTrace whole = _network.Trace(rows[i].Features), trace = _network.Trace(rows[i].Features, exit);
            Prediction prediction = predictions[i];
            float[][] stepScores = [.. Enumerable.Range(0, Steps).Select(step => whole.ScoresAt(step).ToArray())];
            int steps = 1 + stepScores.Take(Steps - 1).TakeWhile(scores => !Reaches(scores, confidence, margin)).Count();
            Assert.Equal(steps, prediction.StepsUsed);
            Assert.Equal(steps, trace.TimeSteps);
            Assert.Equal(stepScores[steps - 1], prediction.P);
            Assert.Equal(stepScores.Take(steps).SelectMany(scores => scores), prediction.StepScores.Take(steps * Classes));
            Assert.Equal(Steps * Classes, prediction.StepScores.Length);
            Assert.All(prediction.StepScores.Skip(steps * Classes), score => Assert.True(float.IsNaN(score)));
            Assert.Equal(whole.Layers.Sum(layer => layer.SpikeCounts.Take(steps).Sum()), prediction.Spikes);
            Assert.Equal(
                (trace.Spikes, trace.SynapticOperations, trace.Additions, trace.MultiplyAdds),
                (prediction.Spikes, prediction.SynapticOperations, prediction.Additions, prediction.MultiplyAdds));
            Assert.Equal(trace.EnergyNanojoules(Energy), prediction.EnergyNanojoules);
            Assert.Equal(steps == Steps, trace.SynapticOperations == whole.SynapticOperations);

            float[] last = new float[Classes];
            Assert.Equal(steps, _network.ScoreUntil(rows[i].Features, last, exit));
            Assert.Equal(prediction.P, last);
        }
        // The bounds tell rows apart, or the test says nothing.
        if (confidence is not null || margin is not null)
            Assert.True(predictions.Select(prediction => prediction.StepsUsed).Distinct().Count() > 1);
    }

    [Fact]
    public void Steps_that_are_saved_are_not_computed()
    {
        LabeledNetwork.Row row = LabeledNetwork.Rows(1)[0];
        SpikingTrace first = _network.Trace(row.Features, new EarlyExit { Confidence = 0 });
        SpikingTrace never = _network.Trace(row.Features, new EarlyExit { Confidence = 1, Margin = 1 });
        Assert.Equal(1, first.TimeSteps);
        // The picture is weighed at the first step; neurons are updated at each.
        long update = 2L * first.Layers.Sum(layer => layer.Shape.NeuronCount);
        Assert.True(first.MultiplyAdds + 4 * update < never.MultiplyAdds);
        Assert.Equal(first.Layers.Select(layer => layer.SpikeCounts[0]), never.Layers.Select(layer => layer.SpikeCounts[0]));
    }

    [Theory]
    [InlineData(nameof(LabeledNetwork.Row.Name))]
    [InlineData(nameof(LabeledNetwork.Row.Number))]
    public void Evaluate_takes_its_columns(string from)
    {
        SpikingNetwork network = from == nameof(LabeledNetwork.Row.Name)
            ? _network : LabeledNetwork.Create(LabelValues.FromNumbers([0, 10, 20, 30]));
        IDataView data = LabeledNetwork.LabeledView(_context, 20, from);
        IDataView scored = _context.Transforms.ApplySpikingNetwork(network).Fit(data).Transform(data);
        MulticlassClassificationMetrics metrics = _context.MulticlassClassification.Evaluate(scored);
        double right = scored.GetColumn<uint>("Label").Zip(scored.GetColumn<uint>("PredictedLabel"))
            .Average(pair => pair.First == pair.Second ? 1.0 : 0);
        Assert.Equal(right, metrics.MicroAccuracy, 1e-12);
        Assert.InRange(right, 0.6, 0.99);

        IDataView named = _context.Transforms.Conversion.MapKeyToValue("Guess", "PredictedLabel").Fit(scored).Transform(scored);
        string[] guesses = from == nameof(LabeledNetwork.Row.Name)
            ? [.. named.GetColumn<string>("Guess")]
            : [.. named.GetColumn<double>("Guess").Select(number => LabeledNetwork.Classes[(int)number / 10])];
        Assert.Equal(scored.GetColumn<uint>("PredictedLabel").Select(key => LabeledNetwork.Classes[key - 1]), guesses);
    }

    [Fact]
    public void Annotations_are_those_that_a_trainer_gives()
    {
        IDataView data = LabeledNetwork.LabeledView(_context);
        IDataView stock = _context.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Fit(data).Transform(data);
        IDataView scored = _context.Transforms.ApplySpikingNetwork(_network).Fit(data).Transform(data);
        foreach (string column in (string[])["Score", "PredictedLabel"])
        {
            Assert.Equal(stock.Schema[column].Type, scored.Schema[column].Type);
            Assert.Equal(Describe(stock.Schema[column].Annotations), Describe(scored.Schema[column].Annotations));
        }
        // A second model's columns make a score set of their own.
        IDataView both = _context.Transforms.ApplySpikingNetwork(_network, "Other", predictedLabelColumnName: "OtherLabel")
            .Fit(scored).Transform(scored);
        string Set(string column) => Describe(both.Schema[column].Annotations)["ScoreColumnSetId"];
        Assert.Equal(Set("Other"), Set("OtherLabel"));
        Assert.NotEqual(Set("Score"), Set("Other"));
    }

    [Fact]
    public void A_network_without_labels_predicts_keys_without_names()
    {
        var network = new SpikingNetwork(LabeledNetwork.Graph() with { Labels = null });
        IDataView scored = _context.Transforms.ApplySpikingNetwork(network).Fit(LabeledNetwork.View(_context))
            .Transform(LabeledNetwork.View(_context));
        Assert.Null(scored.Schema["PredictedLabel"].Annotations.Schema.GetColumnOrNull("KeyValues"));
        Assert.Equal(4, ((KeyDataViewType)scored.Schema["PredictedLabel"].Type).GetKeyCountAsInt32(_context));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_feature_that_is_not_finite_scores_NaN_and_spoils_no_other_row(float bad)
    {
        LabeledNetwork.Row[] rows = LabeledNetwork.Rows(6);
        Prediction[] before = Predict(EveryColumn(0.6f), rows);
        rows[2].Features[5] = bad;
        Prediction[] after = Predict(EveryColumn(0.6f), rows);
        Assert.All(after[2].P, score => Assert.True(float.IsNaN(score)));
        Assert.All(after[2].StepScores, score => Assert.True(float.IsNaN(score)));
        Assert.Equal((0u, 0, 0L, 0L, 0L, 0L, 0.0), (after[2].Guess, after[2].StepsUsed, after[2].Spikes, after[2].SynapticOperations,
            after[2].Additions, after[2].MultiplyAdds, after[2].EnergyNanojoules));
        foreach (int i in (int[])[0, 1, 3, 4, 5])
            Assert.Equivalent(before[i], after[i], strict: true);
    }

    [Fact]
    public void Sparse_features_score_like_dense_ones()
    {
        float[] features = [.. RandomGraphs.Features(LabeledNetwork.Shape, 3).Select((value, i) => i % 3 == 0 ? value : 0)];
        var row = new LabeledNetwork.Row { Features = features };
        IDataView dense = _context.Data.LoadFromEnumerable([row]);
        int[] indices = [.. Enumerable.Range(0, features.Length).Where(i => features[i] != 0)];
        var sparse = new VBuffer<float>(features.Length, indices.Length, [.. indices.Select(i => features[i])], indices);
        IDataView other = _context.Data.LoadFromEnumerable([new SparseRow { Features = sparse }]);
        ITransformer model = _context.Transforms.ApplySpikingNetwork(_network).Fit(dense);
        float[] Score(IDataView data) => model.Transform(data).GetColumn<float[]>("Score").Single();
        Assert.Equal(Score(dense), Score(other));
    }

    [Fact]
    public void The_network_can_be_taken_out_of_a_loaded_zip()
    {
        IDataView data = LabeledNetwork.View(_context);
        using var stream = new MemoryStream();
        ITransformer chain = _context.Transforms.CopyColumns("Copy", "Id")
            .Append(_context.Transforms.ApplySpikingNetwork(_network)).Fit(data);
        _context.Model.Save(chain, data.Schema, stream);
        stream.Position = 0;
        ITransformer model = _context.Model.Load(stream, out _);
        SpikingNetwork loaded = _context.Model.GetSpikingNetwork(model);
        Assert.Equal(LabeledNetwork.Classes, loaded.ClassLabels);
        Assert.Equal(Steps, loaded.TimeSteps);
        Assert.True(_context.Model.TryGetSpikingNetwork(model, out SpikingNetwork? same, out string? features));
        Assert.Same(loaded, same);
        Assert.Equal("Features", features);
    }

    [Fact]
    public void The_last_network_of_a_chain_is_found_with_its_column_and_no_other_transformer_has_one()
    {
        IDataView data = LabeledNetwork.View(_context);
        SpikingNetwork second = LabeledNetwork.Create();
        ITransformer copies = _context.Transforms.CopyColumns("Copy", "Features").Fit(data);
        ITransformer chain = _context.Transforms.ApplySpikingNetwork(_network).Append(_context.Transforms.CopyColumns("Copy", "Features"))
            .Append(_context.Transforms.ApplySpikingNetwork(second, "Other", "Copy", "OtherLabel"))
            .Append(_context.Transforms.CopyColumns("Last", "Other")).Fit(data);
        Assert.True(_context.Model.TryGetSpikingNetwork(chain, out SpikingNetwork? network, out string? features));
        Assert.Same(second, network);
        Assert.Equal("Copy", features);
        Assert.False(_context.Model.TryGetSpikingNetwork(copies, out network, out features));
        Assert.Null(network);
        Assert.Null(features);
        Assert.Contains("no spiking network", Assert.Throws<ArgumentException>("model", () => _context.Model.GetSpikingNetwork(copies)).Message);
    }

    [Fact]
    public void Bad_options_are_refused_by_name()
    {
        Assert.Throws<ArgumentNullException>("network", () => _context.Transforms.ApplySpikingNetwork(null!));
        Refuse<ArgumentOutOfRangeException>("InputColumnName", options => options.InputColumnName = " ");
        Refuse<ArgumentOutOfRangeException>("OutputColumnName", options => options.OutputColumnName = null!);
        Refuse<ArgumentOutOfRangeException>("SpikesColumnName", options => options.SpikesColumnName = "");
        Refuse<ArgumentException>("AdditionsColumnName", options => options.SpikesColumnName = options.AdditionsColumnName = "Same");
        foreach (float bound in (float[])[-0.1f, 1.1f, float.NaN])
        {
            Assert.Throws<ArgumentOutOfRangeException>("Confidence", () => new EarlyExit { Confidence = bound });
            Assert.Throws<ArgumentOutOfRangeException>("Margin", () => new EarlyExit { Margin = bound });
        }
        foreach (double picojoules in (double[])[-1, double.NaN, double.PositiveInfinity])
        {
            Assert.Throws<ArgumentOutOfRangeException>("AdditionPicojoules", () => new EnergyModel { AdditionPicojoules = picojoules });
            Assert.Throws<ArgumentOutOfRangeException>("MultiplyAddPicojoules", () => new EnergyModel { MultiplyAddPicojoules = picojoules });
        }
        Refuse<ArgumentNullException>("Exit", options => options.Exit = null!);
        Refuse<ArgumentNullException>("Energy", options => options.Energy = null!);

        void Refuse<T>(string option, Action<SpikingNetworkEstimator.Options> spoil)
            where T : ArgumentException
        {
            var options = new SpikingNetworkEstimator.Options();
            spoil(options);
            Assert.Contains(option, Assert.Throws<T>(option, () => _context.Transforms.ApplySpikingNetwork(_network, options)).Message);
        }
    }

    private sealed class SparseRow
    {
        [VectorType(3, 6, 6)]
        public VBuffer<float> Features { get; set; }
    }

    private Prediction[] Predict(SpikingNetworkEstimator.Options options, LabeledNetwork.Row[] rows)
    {
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        ITransformer model = _context.Transforms.ApplySpikingNetwork(_network, options).Fit(data);
        Prediction[] predictions = [.. _context.Data.CreateEnumerable<Prediction>(model.Transform(data), reuseRowObject: false)];
        using PredictionEngine<LabeledNetwork.Row, Prediction> engine =
            _context.Model.CreatePredictionEngine<LabeledNetwork.Row, Prediction>(model);
        foreach ((LabeledNetwork.Row row, Prediction expected) in rows.Zip(predictions))
            Assert.Equivalent(expected, engine.Predict(row), strict: true);
        return predictions;
    }

    private static bool Reaches(IReadOnlyList<float> scores, float? confidence, float? margin)
    {
        float[] sorted = [.. scores.OrderDescending()];
        return sorted[0] >= confidence || sorted[0] - sorted[1] >= margin;
    }

    private static Dictionary<string, string> Describe(DataViewSchema.Annotations annotations) => annotations.Schema.ToDictionary(
        annotation => annotation.Name, annotation => $"{annotation.Type}: {Value(annotations, annotation)}");

    private static string Value(DataViewSchema.Annotations annotations, DataViewSchema.Column annotation)
    {
        if (annotation.Type is VectorDataViewType)
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            annotations.GetValue(annotation.Name, ref names);
            return string.Join(", ", names.DenseValues());
        }
        if (annotation.Type is KeyDataViewType)
        {
            uint key = 0;
            annotations.GetValue(annotation.Name, ref key);
            return $"{key}";
        }
        ReadOnlyMemory<char> text = default;
        annotations.GetValue(annotation.Name, ref text);
        return $"{text}";
    }
}
