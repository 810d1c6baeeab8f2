using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>ML.NET's <c>ConvertToOnnx</c> writes ApplySpikingNetwork as the pipeline computes it, or says what it cannot write.</summary>
public class OnnxConversions(ITestOutputHelper output)
{
    private const int Rows = 24;

    private static readonly RandomGraphs.Shape[] _shapes =
    [
        new(3, 5, 7, 17, 3, 1, 4, false),
        new(2, 8, 8, 33, 5, 3, 3, true),
        new(2, 9, 8, 20, 3, 2, 4, true) { Crops = true },
        new(1, 1, 1, 1, 1, 1, 1, false),
    ];

    private readonly MLContext _context = new(seed: 1);

    public static TheoryData<int, int, bool> Cases => new(
        from index in Enumerable.Range(0, _shapes.Length) from maxSpikes in new[] { 1, 4 } from isSoft in new[] { false, true }
        select (index, maxSpikes, isSoft));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Float32_networks_score_alike(int index, int maxSpikes, bool isSoft)
    {
        SpikingNetwork network = Network(index, maxSpikes, isSoft);
        Comparison compared = Compare(network, index);
        int near = 0;
        for (int row = 2; row < Rows; row++)
        {
            bool isNear = NearThresholds.Has(network, compared.Features[row]);
            near += isNear ? 1 : 0;
            Assert.True(isNear || compared.Differences[row] <= 1e-5f, $"Row {row}: scores differ by {compared.Differences[row]}.");
            Assert.True(isNear || compared.HasSameLabel[row], $"Row {row} has another label.");
        }
        output.WriteLine($"{near} of {Rows} rows have a neuron near a threshold; largest difference {compared.Differences.Max()}");
        Assert.True(near < Rows / 2, $"{near} of {Rows} rows have neurons near a threshold.");
        Assert.DoesNotContain("ConvInteger", compared.Operators);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Networks_of_8_bits_score_alike_whatever_is_near(int index, int maxSpikes, bool isSoft)
    {
        Comparison compared = Compare(Network(index, maxSpikes, isSoft).Quantize(), index);
        // Softmax in float32.
        Assert.All(compared.Differences, difference => Assert.InRange(difference, 0, 1e-6f));
        Assert.All(compared.HasSameLabel, Assert.True);
        Assert.Contains("ConvInteger", compared.Operators);
    }

    [Fact]
    public void Residual_networks_score_alike()
    {
        TrainedNetwork trained = Presets.Trained("ResNet18", inputHasTimeSteps: false);
        SpikingNetwork network = new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(trained))).Quantize();
        float[] features = RandomNetworks.Features(trained, seed: 5);
        IDataView data = View(network, features.Chunk(network.FeatureCount));
        ITransformer model = _context.Transforms.ApplySpikingNetwork(network).Fit(data);
        using var converted = new ConvertedModel(ConvertedModel.Convert(_context, model, data));
        float[] scores = converted.Run<float>("Score.output", features.Length / network.FeatureCount, ("Features", features));
        Assert.All(
            model.Transform(data).GetColumn<float[]>("Score").SelectMany(row => row).Zip(scores),
            pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    [Fact]
    public void Names_and_shapes_are_those_of_the_columns()
    {
        SpikingNetwork network = Network(0);
        IDataView data = View(network, Features(0, network));
        ITransformer model = _context.Transforms.ApplySpikingNetwork(network, "Probability", "Features", "Class").Fit(data);
        using var converted = new ConvertedModel(ConvertedModel.Convert(_context, model, data));
        Assert.Equal(["Features.output", "Probability.output", "Class.output"], converted.Outputs.Keys);
        Assert.Equal([-1, network.ClassCount], converted.Outputs["Probability.output"].Dimensions);
        Assert.Equal([-1, 1], converted.Outputs["Class.output"].Dimensions);
        Assert.Equal(typeof(uint), converted.Outputs["Class.output"].ElementType);
    }

    [Theory]
    [InlineData(null, 12)]
    [InlineData(12, 12)]
    [InlineData(11, 11)]
    public void The_operator_set_is_the_one_asked_for(int? asked, long expected)
    {
        SpikingNetwork network = Network(1).Quantize();
        IDataView data = View(network, Features(1, network));
        ITransformer model = _context.Transforms.ApplySpikingNetwork(network).Fit(data);
        byte[] bytes = ConvertedModel.Convert(_context, model, data, asked);
        Assert.Equal(expected, ConvertedModel.Describe(bytes).Version);
        // ONNX Runtime checks each operator against it.
        using var converted = new ConvertedModel(bytes);
        Assert.Contains("Score.output", converted.Outputs.Keys);
    }

    [Fact]
    public void A_lower_operator_set_is_refused()
    {
        SpikingNetwork network = Network(0);
        IDataView data = View(network, Features(0, network));
        ITransformer model = _context.Transforms.ApplySpikingNetwork(network).Fit(data);
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => ConvertedModel.Convert(_context, model, data, 10));
        Assert.Contains("OpSet version 10 is lower than ApplySpikingNetwork's minimum OpSet version requirement: 11", refusal.Message);
    }

    [Fact]
    public void Two_networks_and_columns_with_the_names_of_values_do_not_meddle()
    {
        SpikingNetwork network = Network(0), other = Network(0).Quantize();
        float[][] features = Features(0, network);
        IDataView data = View(network, features);
        ITransformer model = _context.Transforms.CopyColumns("snn.zero", "Features")
            .Append(_context.Transforms.ApplySpikingNetwork(network, "First", "snn.zero", "FirstClass"))
            .Append(_context.Transforms.ApplySpikingNetwork(other)).Fit(data);
        using var converted = new ConvertedModel(ConvertedModel.Convert(_context, model, data));
        float[] all = [.. features.SelectMany(row => row)];
        Assert.Equal(all, converted.Run<float>("snn.zero.output", Rows, ("Features", all)));
        IDataView scored = model.Transform(data);
        foreach ((string column, SpikingNetwork scorer) in (IEnumerable<(string, SpikingNetwork)>)[("First", network), ("Score", other)])
        {
            float[] scores = converted.Run<float>($"{column}.output", Rows, ("Features", all));
            float[][] own = [.. scored.GetColumn<float[]>(column)];
            for (int row = 2; row < Rows; row++)
            {
                if (NearThresholds.Has(scorer, features[row]))
                    continue;
                Assert.All(own[row].Zip(scores.Skip(row * own[row].Length)), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
            }
        }
    }

    [Fact]
    public void A_loaded_model_is_written_alike()
    {
        SpikingNetwork network = Network(1);
        IDataView data = View(network, Features(1, network));
        ITransformer model = _context.Transforms.ApplySpikingNetwork(network).Fit(data);
        using var zip = new MemoryStream();
        _context.Model.Save(model, data.Schema, zip);
        zip.Position = 0;
        Assert.Equal(
            ConvertedModel.Convert(_context, model, data), ConvertedModel.Convert(_context, _context.Model.Load(zip, out _), data));
    }

    [Fact]
    public void Early_exits_are_refused()
    {
        string message = Refusal<NotSupportedException>(new() { Exit = new() { Confidence = 0.9f } });
        Assert.Contains("early exit of ApplySpikingNetwork (confidence 0.9)", message);
        Assert.Contains("EarlyExit.Never", message);
    }

    [Fact]
    public void Columns_of_what_the_network_did_are_refused()
    {
        string message = Refusal<NotSupportedException>(new() { SpikesColumnName = "Fired", EnergyNanojoulesColumnName = "Energy" });
        Assert.Contains("'Fired', 'Energy'", message);
        Assert.Contains("without these columns", message);
    }

    [Fact]
    public void Too_many_steps_are_refused()
    {
        string message = Refusal<NotSupportedException>(new(), new(Network(0).ToGraph() with { TimeSteps = 10_000 }));
        Assert.Contains("more than 100000 nodes", message);
        Assert.Contains("SaveOnnx", message);
    }

    [Fact]
    public void Features_of_a_step_that_cannot_be_written_are_named()
    {
        SpikingNetwork network = Network(1);
        float[][] values = [new float[network.FeatureCount / network.TimeSteps]];
        IDataView data = View([.. network.InputShape.Skip(1)], values);
        ITransformer model = _context.Transforms.EncodeSpikes("Spikes", "Features", SpikeCode.Rate(network.TimeSteps))
            .Append(_context.Transforms.ApplySpikingNetwork(network, inputColumnName: "Spikes")).Fit(data);
        var refusal = Assert.Throws<InvalidOperationException>(() => ConvertedModel.Convert(_context, model, data));
        Assert.Contains("column 'Spikes'", refusal.Message);
        Assert.Contains("no input for ApplySpikingNetwork", refusal.Message);
    }

    private string Refusal<TException>(SpikingNetworkEstimator.Options options, SpikingNetwork? network = null)
        where TException : Exception
    {
        network ??= Network(0);
        IDataView data = View(network, Features(0, network));
        ITransformer model = _context.Transforms.ApplySpikingNetwork(network, options).Fit(data);
        return Assert.Throws<TException>(() => ConvertedModel.Convert(_context, model, data)).Message;
    }

    /// <summary>The pipeline beside ONNX Runtime, all rows at once; the first two rows are not finite.</summary>
    private Comparison Compare(SpikingNetwork network, int index)
    {
        float[][] features = Features(index, network);
        features[0][^1] = float.NaN;
        features[1][0] = float.PositiveInfinity;
        IDataView data = View(network, features);
        ITransformer model = _context.Transforms.ApplySpikingNetwork(network).Fit(data);
        byte[] bytes = ConvertedModel.Convert(_context, model, data);
        using var converted = new ConvertedModel(bytes);
        float[] all = [.. features.SelectMany(row => row)];
        float[][] scores = [.. converted.Run<float>("Score.output", Rows, ("Features", all)).Chunk(network.ClassCount)];
        uint[] labels = converted.Run<uint>("PredictedLabel.output", Rows, ("Features", all));

        IDataView scored = model.Transform(data);
        float[][] own = [.. scored.GetColumn<float[]>("Score")];
        Assert.All(scores[..2], row => Assert.All(row, score => Assert.Equal(float.NaN, score)));
        Assert.Equal([0u, 0u], labels[..2]);
        return new(
            features,
            // NaN would not be in any range.
            [0, 0, .. own.Zip(scores).Skip(2).Select(pair => pair.First.Zip(pair.Second, (a, b) => Math.Abs(a - b)).Max())],
            [.. scored.GetColumn<uint>("PredictedLabel").Zip(labels, (a, b) => a == b)],
            ConvertedModel.Describe(bytes).Operators);
    }

    private static SpikingNetwork Network(int index, int maxSpikes = 1, bool isSoft = false) =>
        new(RandomGraphs.Create(_shapes[index], seed: index, maxSpikes, isSoft ? ResetKind.Soft : ResetKind.Hard));

    private static float[][] Features(int index, SpikingNetwork network)
    {
        Assert.Equal(network.FeatureCount, RandomGraphs.Features(_shapes[index], 0).Length);
        return [.. Enumerable.Range(0, Rows).Select(row => RandomGraphs.Features(_shapes[index], 100 * index + row))];
    }

    private IDataView View(SpikingNetwork network, IEnumerable<float[]> features) => View([.. network.InputShape], features);

    private IDataView View(int[] shape, IEnumerable<float[]> features)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, shape);
        return _context.Data.LoadFromEnumerable(features.Select(row => new Row { Features = row }).ToArray(), schema);
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];
    }

    private sealed record Comparison(float[][] Features, float[] Differences, bool[] HasSameLabel, string[] Operators);
}
