using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Every shape of the surrogate gradient, from the option to the scores.</summary>
public class SurrogateTraining
{
    private readonly MLContext _context = new(seed: 1);

    [Theory]
    [InlineData(SurrogateShape.Triangle, 0.6, TrainingPrecision.Float32, TrainingMemory.Store)]
    [InlineData(SurrogateShape.ArcTangent, 0.45, TrainingPrecision.Float32, TrainingMemory.Recompute)]
    [InlineData(SurrogateShape.Triangle, 0.6, TrainingPrecision.BFloat16, TrainingMemory.Recompute)]
    [InlineData(SurrogateShape.ArcTangent, 0.45, TrainingPrecision.BFloat16, TrainingMemory.Store)]
    public void A_network_learns_by_it(SurrogateShape shape, double width, TrainingPrecision precision, TrainingMemory memory)
    {
        IDataView data = TinyImages.View(_context, 30), test = TinyImages.View(_context, 20, seed: 2);
        ITransformer model = Train(shape), rectangle = Train(SurrogateShape.Rectangle);
        Assert.InRange(_context.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy, 0.8, 1);
        Assert.NotEqual(Scores(rectangle), Scores(model));

        ITransformer Train(SurrogateShape surrogate)
        {
            SpikingResNetTrainer.Options options = TinyImages.Options();
            options.Neuron = new() { Surrogate = surrogate, SurrogateWidth = width };
            (options.Precision, options.Memory, options.AllowEmulatedBFloat16) = (precision, memory, true);
            return TinyImages.Pipeline(_context, options).Fit(data);
        }

        float[][] Scores(ITransformer trained) => [.. trained.Transform(test).GetColumn<float[]>("Score")];
    }
}
