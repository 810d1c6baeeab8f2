using Microsoft.ML.Snn.Training.TensorBoard;

namespace Microsoft.ML.Snn.Tests.Training.TensorBoard;

/// <summary>Files for TensorBoard, read by a reader that knows nothing of the writer.</summary>
public sealed class TrainingWithTensorBoard : IDisposable
{
    private readonly MLContext _context = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_readers_checksum_is_CRC_32C() => Assert.Equal(0xe3069283, EventReader.Checksum("123456789"u8));

    [Fact]
    public void Each_epoch_has_its_metrics_and_the_parameters()
    {
        var metrics = new List<TrainingMetrics>();
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 3);
        options.ValidationFraction = 0.3;
        options.TensorBoardFolder = _folder.File("board");
        options.Diagnostics = new() { IsometryVectors = 2 };
        options.MetricsCallback = metrics.Add;
        SpikingNetwork network = TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 12)).LastTransformer.Model.Network;

        List<TensorBoardEvent> training = Events("training"), validation = Events("validation");
        Assert.Equal("brain.Event:2", training[0].FileVersion);
        Assert.Equal("brain.Event:2", validation[0].FileVersion);
        Assert.Equal([1, 2, 3], training[1..].Select(e => (int)e.Step));
        Assert.Equal([1, 2, 3], validation[1..].Select(e => (int)e.Step));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        Assert.InRange(DateTimeOffset.FromUnixTimeSeconds((long)training[1].WallTime), now.AddHours(-1), now);
        foreach ((TrainingMetrics epoch, TensorBoardEvent shown, TensorBoardEvent validated) in metrics.Zip(training[1..], validation[1..]))
        {
            Assert.Equal((float)epoch.Loss, shown.Scalars["loss"]);
            Assert.Equal((float)epoch.Accuracy, shown.Scalars["accuracy"]);
            Assert.Equal((float)epoch.LearningRate, shown.Scalars["learning_rate"]);
            Assert.Equal((float)epoch.SynapticOperations, shown.Scalars["synaptic_operations"]);
            Assert.Equal((float)epoch.ValidationLoss!.Value, validated.Scalars["loss"]);
            Assert.Equal((float)epoch.ValidationAccuracy!.Value, validated.Scalars["accuracy"]);
            Assert.All(epoch.LayerFiringRates, layer => Assert.Equal((float)layer.Rate, shown.Scalars[$"firing_rate/{layer.Name}"]));
            Assert.All(epoch.Diagnostics!.Layers, layer =>
                Assert.Equal((float)layer.WeightGradientNorm, shown.Scalars[$"gradient_norm_weights/{layer.Name}"]));
            Assert.All(epoch.Diagnostics.Blocks, block => Assert.Equal((float)block.Phi, shown.Scalars[$"block_isometry/{block.Name}"]));
        }
        // Eight filters of 3 x 3 over three channels; the bias of three classes is not folded, so the model has it as it was.
        Assert.Equal(8 * 3 * 9, training[^1].Histograms["weights/stem.conv.weight"].Totals[2]);
        (double[] totals, _, double[] counts) = training[^1].Histograms["weights/head.output.bias"];
        float[] bias = network.Layers[^1].GetBiases();
        Assert.Equal([bias.Min(), bias.Max(), 3, bias.Sum(), bias.Sum(value => value * value)], totals, (x, y) => Math.Abs(x - y) < 1e-4);
        Assert.Equal(3, counts.Sum());
    }

    [Fact]
    public void Without_validation_there_is_no_run_of_it()
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        options.TensorBoardFolder = _folder.Path;
        TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 12));
        Assert.Equal("training", Path.GetFileName(Assert.Single(Directory.EnumerateDirectories(_folder.Path))));
        Assert.Contains("tfevents", Assert.Single(Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories)));
    }

    [Theory]
    [InlineData(new float[] { 3 })]
    [InlineData(new float[] { 2, 2, 2 })]
    [InlineData(new[] { -1, 0, 0.5f, 5, 4.9999f })]
    [InlineData(new[] { float.MinValue, 0, float.MaxValue })]
    [InlineData(new[] { 1, 1.0000001f })]
    public void A_histogram_counts_every_value_where_it_lies(float[] values)
    {
        var histogram = new ValueHistogram(values);
        Assert.Equal(values.Length, histogram.Counts.Sum());
        Assert.Equal(values.Max(), histogram.Limits[^1]);
        Assert.Equal(histogram.Limits.Count, histogram.Counts.Count);
        Assert.Equal(histogram.Limits, histogram.Limits.Order());
        // A value on a limit, to within rounding, may be in either part.
        double width = (histogram.Largest - histogram.Least) / histogram.Limits.Count, slack = 1e-6 * width;
        double lower = double.NegativeInfinity;
        foreach ((double limit, double count) in histogram.Limits.Zip(histogram.Counts))
        {
            bool isLast = limit == histogram.Limits[^1];
            int surely = values.Count(value => value > lower + slack && value < limit - slack);
            int perhaps = values.Count(value => value >= lower - slack && (isLast || value <= limit + slack));
            Assert.InRange(count, surely, perhaps);
            lower = limit;
        }
    }

    private List<TensorBoardEvent> Events(string run) =>
        EventReader.Read(Assert.Single(Directory.EnumerateFiles(_folder.File($"board/{run}"))));
}
