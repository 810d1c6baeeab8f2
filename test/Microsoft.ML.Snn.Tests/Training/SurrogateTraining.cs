using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Every shape of the surrogate gradient, from the option to the scores.</summary>
public class SurrogateTraining
{
    private readonly MLContext _context = new(seed: 1);

    [Slow]
    [Theory]
    [InlineData(SurrogateShape.Triangle, 0.6, TrainingPrecision.Float32, TrainingMemory.Store)]
    [InlineData(SurrogateShape.ArcTangent, 0.45, TrainingPrecision.Float32, TrainingMemory.Recompute)]
    [InlineData(SurrogateShape.Triangle, 0.6, TrainingPrecision.BFloat16, TrainingMemory.Recompute)]
    [InlineData(SurrogateShape.ArcTangent, 0.45, TrainingPrecision.BFloat16, TrainingMemory.Store)]
    public void A_network_learns_by_it(SurrogateShape shape, double width, TrainingPrecision precision, TrainingMemory memory)
    {
        ITransformer model = Train(epochs: 8, perClass: 60, options =>
        {
            options.Neuron = new() { Surrogate = shape, SurrogateWidth = width };
            (options.Precision, options.Memory, options.AllowEmulatedBFloat16) = (precision, memory, true);
        });
        // A third is chance.
        Assert.InRange(
            _context.MulticlassClassification.Evaluate(model.Transform(TinyImages.View(_context, 20, seed: 2))).MicroAccuracy, 0.75, 1);
    }

    [Fact]
    public void Each_shape_gives_another_network()
    {
        float[][] weights = [.. Enum.GetValues<SurrogateShape>().Select(shape => FirstWeights(
            Train(epochs: 1, perClass: 10, options => options.Neuron = new() { Surrogate = shape })))];
        Assert.NotEqual(weights[0], weights[1]);
        Assert.NotEqual(weights[0], weights[2]);
        Assert.NotEqual(weights[1], weights[2]);

        float[] FirstWeights(ITransformer model) => _context.Model.GetSpikingNetwork(model).Layers
            .First(layer => layer.Kind == NetworkLayerKind.Convolution).GetWeights();
    }

    private ITransformer Train(int epochs, int perClass, Action<SpikingResNetTrainer.Options> set)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs);
        set(options);
        return TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, perClass));
    }
}
