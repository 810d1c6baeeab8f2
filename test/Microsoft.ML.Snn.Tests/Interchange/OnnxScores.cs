using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>Exported networks give the engine's scores in ONNX Runtime: near it in float32, to the last bit with integers.</summary>
public class OnnxScores(ITestOutputHelper output)
{
    private const int Rows = 24;

    private static readonly RandomGraphs.Shape[] _shapes =
    [
        // Input channels, height, width, channels, kernel, stride, time steps.
        new(3, 5, 7, 17, 3, 1, 4, false),
        new(1, 1, 1, 1, 1, 1, 1, false),
        new(2, 8, 8, 33, 5, 3, 3, true),
        new(3, 6, 6, 70, 3, 3, 5, false),
        new(4, 3, 11, 16, 1, 2, 3, true),
        new(2, 9, 8, 20, 3, 2, 4, true) { Crops = true },
        new(3, 7, 6, 20, 5, 1, 3, false) { Crops = true },
    ];

    public static TheoryData<int, int> Cases => new(
        from index in Enumerable.Range(0, _shapes.Length) from maxSpikes in new[] { 1, 3, 15 } select (index, maxSpikes));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Float32_networks_score_alike(int index, int maxSpikes)
    {
        var network = new SpikingNetwork(RandomGraphs.Create(_shapes[index], seed: index, maxSpikes));
        (int near, int equal) = Compare(network, new(), Features(index));
        Assert.True(equal >= Rows - near, $"{equal} of {Rows} rows have equal scores, and {near} have neurons near a threshold.");
        Assert.True(near < Rows / 2, $"{near} of {Rows} rows have neurons near a threshold.");
    }

    [Theory]
    [InlineData("ResNet17Flat")]
    [InlineData("ResNet19Windows")]
    [InlineData("PlainWindows")]
    public void So_do_those_whose_head_takes_windows(string preset)
    {
        TrainedNetwork trained = Presets.Trained(preset, inputHasTimeSteps: false);
        var network = new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(trained)));
        float[] features = [.. Enumerable.Range(0, Rows).SelectMany(row => RandomNetworks.Features(trained, row))];
        (int near, int equal) = Compare(network, new(), features);
        Assert.True(equal >= Rows - near, $"{equal} of {Rows} rows have equal scores, and {near} have neurons near a threshold.");
        // Of thousands of neurons some are near it in many rows.
        Assert.InRange(near, 0, Rows * 3 / 4);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Networks_of_8_bits_have_the_engines_potentials_to_the_last_bit(int index, int maxSpikes)
    {
        SpikingNetwork network = new SpikingNetwork(RandomGraphs.Create(_shapes[index], seed: index, maxSpikes)).Quantize();
        CompareBits(network, Features(index));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void So_have_those_whose_spikes_subtract_the_threshold(int index, int maxSpikes)
    {
        NetworkGraph<float> graph = RandomGraphs.Create(_shapes[index], seed: index, maxSpikes, ResetKind.Soft);
        CompareBits(new SpikingNetwork(graph).Quantize(), Features(index));
    }

    [Theory]
    [InlineData("ResNet18", false)]
    [InlineData("ResNet19", true)]
    [InlineData("ResNet19Windows", false)]
    [InlineData("PlainWindows", true)]
    public void So_have_residual_networks_of_8_bits(string preset, bool inputHasTimeSteps)
    {
        TrainedNetwork trained = Presets.Trained(preset, inputHasTimeSteps);
        SpikingNetwork network = new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(trained))).Quantize();
        CompareBits(network, RandomNetworks.Features(trained, seed: 5));
    }

    [Fact]
    public void Without_integers_8_bits_are_float32_with_the_same_weights()
    {
        SpikingNetwork network = new SpikingNetwork(RandomGraphs.Create(_shapes[0], seed: 0)).Quantize();
        (int near, int equal) = Compare(network, new() { UseIntegers = false }, Features(0));
        Assert.True(equal >= Rows - near, $"{equal} of {Rows} rows have equal scores, and {near} have neurons near a threshold.");
        Assert.DoesNotContain("ConvInteger", Operators(network, new() { UseIntegers = false }));
        Assert.Contains("ConvInteger", Operators(network, new()));
    }

    [Fact]
    public void Both_layouts_give_the_same_bits_and_rows_do_not_depend_on_each_other()
    {
        foreach (int index in (int[])[0, 2])
        {
            SpikingNetwork network = new SpikingNetwork(RandomGraphs.Create(_shapes[index], seed: index)).Quantize();
            float[] features = Features(index);
            using OnnxModel vectors = OnnxModel.Of(network), maps = OnnxModel.Of(network, new() { InputLayout = OnnxInputLayout.Map });
            Assert.Equal([-1, network.FeatureCount], vectors.Inputs["Features"].Dimensions);
            Assert.Equal([-1, .. network.InputShape], maps.Inputs["Features"].Dimensions);
            float[] scores = vectors.Run(features, Rows)["Score"];
            Assert.Equal(scores, maps.Run(features, Rows)["Score"]);
            for (int row = 0; row < Rows; row++)
            {
                float[] alone = vectors.Run(features[(row * network.FeatureCount)..((row + 1) * network.FeatureCount)], 1)["Score"];
                Assert.Equal(scores[(row * network.ClassCount)..((row + 1) * network.ClassCount)], alone);
            }
        }
    }

    [Slow]
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_thousand_pictures_get_the_same_classes(int maxSpikes)
    {
        const int pictures = 1000;
        (float[] pixels, _) = CifarImages.Read("cifar10-test.zip", pictures, seed: 3);
        float[] features = Array.ConvertAll(pixels, pixel => pixel / 255);
        TrainedNetwork trained = RandomNetworks.Trained(
            new() { Stem = new(8, 3), Stages = [new(1, 8), new(1, 16, 2)] }, 3, 32, timeSteps: 2, classes: 10,
            neuron: new() { MaxSpikes = maxSpikes });
        var network = new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(trained)));
        (int near, int equal) = Compare(network, new(), features);
        Assert.True(equal >= pictures - near, $"{equal} of {pictures} pictures have equal scores, and {near} neurons near a threshold.");

        SpikingNetwork quantized = network.Quantize();
        float[] expected = Scores(quantized, features);
        using OnnxModel model = OnnxModel.Of(quantized);
        float[] scores = model.Run(features, pictures)["Score"];
        // Softmax in float32.
        Assert.All(expected.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    /// <summary>Compares scores, and classes: at least 99.5 % must be the same.</summary>
    /// <returns>Rows with a neuron near its threshold, and rows whose scores are equal within 1e-5.</returns>
    private (int Near, int Equal) Compare(SpikingNetwork network, OnnxExportOptions options, float[] features)
    {
        using OnnxModel model = OnnxModel.Of(network, options);
        int rows = features.Length / network.FeatureCount, near = 0, equal = 0, same = 0;
        float[] expected = Scores(network, features), scores = model.Run(features, rows)["Score"];
        float difference = 0;
        for (int row = 0; row < rows; row++)
        {
            Span<float> own = expected.AsSpan(row * network.ClassCount, network.ClassCount);
            Span<float> other = scores.AsSpan(row * network.ClassCount, network.ClassCount);
            bool isNear = NearThresholds.Has(network, features.AsSpan(row * network.FeatureCount, network.FeatureCount));
            float largest = 0;
            for (int c = 0; c < own.Length; c++)
                largest = Math.Max(largest, Math.Abs(own[c] - other[c]));
            if (!isNear)
                Assert.True(largest <= 1e-5f, $"Row {row}: scores differ by {largest}, though no neuron is near its threshold.");
            difference = Math.Max(difference, largest);
            near += isNear ? 1 : 0;
            equal += largest <= 1e-5f ? 1 : 0;
            same += PredictedClass.Of(own) == PredictedClass.Of(other) ? 1 : 0;
        }
        output.WriteLine($"{rows} rows: {near} with a neuron near its threshold, {equal} with equal scores, {same} of the same class, "
            + $"largest difference {difference}");
        Assert.True(same >= 0.995 * rows, $"{same} of {rows} rows get the same class.");
        return (near, equal);
    }

    private static void CompareBits(SpikingNetwork network, float[] features)
    {
        int rows = features.Length / network.FeatureCount;
        (OnnxModel model, Func<string, int, string> membrane, string logits) = OnnxModel.WithPotentials(network, new());
        using (model)
        {
            Dictionary<string, float[]> outputs = model.Run(features, rows);
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<float> sample = features.AsSpan(row * network.FeatureCount, network.FeatureCount);
                SpikingTrace trace = network.Trace(sample, potentials: true);
                foreach (LayerTrace layer in trace.Layers.Where(layer => layer.HasPotentials))
                {
                    float[] potentials = new float[layer.Shape.NeuronCount];
                    for (int step = 0; step < trace.TimeSteps; step++)
                    {
                        layer.CopyMembranePotentials(step, potentials);
                        Span<float> other = outputs[membrane(layer.Shape.Name, step)].AsSpan(row * potentials.Length, potentials.Length);
                        int equal = other.CommonPrefixLength(potentials);
                        Assert.True(equal == potentials.Length, $"row {row}, {layer.Shape.Name}, step {step}: the first {equal} are equal");
                    }
                }
                float[] scores = new float[network.ClassCount], engine = new float[network.ClassCount];
                Softmax.Apply(outputs[logits].AsSpan(row * network.ClassCount, network.ClassCount), scores);
                network.Score(sample, engine);
                Assert.Equal(engine, scores);
                // Softmax in float32.
                Assert.All(engine.Zip(outputs["Score"].Skip(row * engine.Length)), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
            }
        }
    }

    private static IEnumerable<string> Operators(SpikingNetwork network, OnnxExportOptions options) =>
        Snn.Interchange.Onnx.ModelProto.Parser.ParseFrom(OnnxModel.Export(network, options)).Graph.Node.Select(node => node.OpType);

    private static float[] Features(int index) =>
        [.. Enumerable.Range(0, Rows).SelectMany(row => RandomGraphs.Features(_shapes[index], 100 * index + row))];

    private static float[] Scores(SpikingNetwork network, float[] features)
    {
        float[] scores = new float[features.Length / network.FeatureCount * network.ClassCount];
        network.Score(features, scores);
        return scores;
    }
}
