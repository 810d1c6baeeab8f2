using Microsoft.ML.Data;
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
        IDataView test = TinyImages.View(_context, 2, seed: 2);
        float[][][] scores = [.. Enum.GetValues<SurrogateShape>().Select(shape =>
            Train(epochs: 1, perClass: 4, options => options.Neuron = new() { Surrogate = shape })
                .Transform(test).GetColumn<float[]>("Score").ToArray())];
        Assert.NotEqual(scores[0], scores[1]);
        Assert.NotEqual(scores[0], scores[2]);
        Assert.NotEqual(scores[1], scores[2]);
    }

    private ITransformer Train(int epochs, int perClass, Action<SpikingResNetTrainer.Options> set)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs);
        set(options);
        return TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, perClass));
    }
}
