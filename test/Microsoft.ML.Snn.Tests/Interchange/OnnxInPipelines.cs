using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>Exported models in ML.NET's own ONNX transformer, beside the network in the same pipeline.</summary>
public sealed class OnnxInPipelines(ITestOutputHelper output) : IDisposable
{
    private const int Classes = 10;

    private readonly TemporaryFolder _folder = new();

    private readonly MLContext _context = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Drawn_rows_score_alike()
    {
        var random = new Random(2);
        Compare(Network().Quantize(), [.. Enumerable.Range(0, 40).Select(_ => new Row
        {
            Features = [.. Enumerable.Range(0, CifarImages.Length).Select(_ => (float)random.Next(256) / 255)],
        })]);
    }

    [Slow]
    [Fact]
    public void A_thousand_pictures_score_alike()
    {
        (float[] pixels, _) = CifarImages.Read("cifar10-test.zip", 1000, seed: 3);
        Compare(Network(), [.. pixels.Chunk(CifarImages.Length).Select(picture => new Row
        {
            Features = Array.ConvertAll(picture, pixel => pixel / 255),
        })]);
    }

    /// <summary>Scores equal within 1e-5 where no neuron is near its threshold, and the same class on at least 99.5 %.</summary>
    private void Compare(SpikingNetwork network, Row[] rows)
    {
        string path = _folder.File("model.onnx");
        network.SaveOnnx(path);
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        IEstimator<ITransformer> pipeline = _context.Transforms.ApplySpikingNetwork(network, "Own")
            .Append(_context.Transforms.ApplyOnnxModel("Score", "Features", path));
        ITransformer model = pipeline.Fit(data);
        // ONNX Runtime keeps the file open, which Windows then does not delete.
        using var opened = Assert.IsAssignableFrom<IDisposable>(model);
        IDataView scored = model.Transform(data);
        float[][] own = [.. scored.GetColumn<float[]>("Own")], other = [.. scored.GetColumn<float[]>("Score")];
        Assert.Equal(rows.Length, other.Length);

        int near = 0, equal = 0, same = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.Equal(Classes, other[i].Length);
            float difference = own[i].Zip(other[i], (a, b) => Math.Abs(a - b)).Max();
            bool isNear = NearThresholds.Has(network, rows[i].Features);
            Assert.True(isNear || difference <= 1e-5f, $"Row {i}: scores differ by {difference}, though no neuron is near its threshold.");
            near += isNear ? 1 : 0;
            equal += difference <= 1e-5f ? 1 : 0;
            same += PredictedClass.Of(own[i]) == PredictedClass.Of(other[i]) ? 1 : 0;
        }
        output.WriteLine(
            $"{rows.Length} rows: {near} with a neuron near its threshold, {equal} with equal scores, {same} of the same class");
        Assert.True(near <= 0.75 * rows.Length, $"{near} of {rows.Length} rows have neurons near a threshold.");
        Assert.True(same >= 0.995 * rows.Length, $"{same} of {rows.Length} rows get the same class.");
    }

    private static SpikingNetwork Network()
    {
        TrainedNetwork trained = RandomNetworks.Trained(
            new() { Stem = new(8, 3), Stages = [new(1, 8), new(1, 16, 2)] }, 3, 32, timeSteps: 2, classes: Classes);
        return new(NetworkFolder.Round(NetworkFolder.Fold(trained)));
    }

    private sealed class Row
    {
        [VectorType(CifarImages.Length)]
        public float[] Features { get; set; } = [];
    }
}
