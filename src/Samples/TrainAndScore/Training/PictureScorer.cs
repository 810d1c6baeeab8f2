using Microsoft.ML;
using Microsoft.ML.Data;
using TrainAndScore.Images;

namespace TrainAndScore.Training;

/// <summary>Loads a saved model and scores pictures with it, one by one.</summary>
internal sealed class PictureScorer : IDisposable
{
    private readonly PredictionEngine<Picture, PicturePrediction> _engine;
    private readonly string[] _classes;

    public PictureScorer(MLContext mlContext, string modelPath)
    {
        // Load would trust a damaged file.
        mlContext.Model.Verify(modelPath);
        ITransformer model = mlContext.Model.Load(modelPath, out _);
        _engine = mlContext.Model.CreatePredictionEngine<Picture, PicturePrediction>(model);
        var names = default(VBuffer<ReadOnlyMemory<char>>);
        _engine.OutputSchema[nameof(PicturePrediction.Score)].GetSlotNames(ref names);
        _classes = [.. names.DenseValues().Select(name => name.ToString())];
    }

    /// <summary>The <paramref name="count"/> most probable classes of a picture, the most probable one first.</summary>
    public IReadOnlyList<(string Class, float Probability)> TopClasses(string imagePath, int count)
    {
        PicturePrediction prediction = _engine.Predict(new Picture { ImagePath = imagePath });
        return [.. _classes.Zip(prediction.Score).OrderByDescending(pair => pair.Second).Take(count)];
    }

    public void Dispose() => _engine.Dispose();
}
