using Microsoft.ML;
using Microsoft.ML.Data;
using SampleApp;

namespace ScoreOnly;

/// <summary>A saved model, loaded: pictures in, class probabilities out. For one thread at a time.</summary>
internal sealed class PictureClassifier : IDisposable
{
    private readonly PredictionEngine<Picture, PicturePrediction> _engine;

    /// <exception cref="InvalidDataException">The zip is damaged, or its model does not turn picture paths into class names.</exception>
    public PictureClassifier(string modelPath)
    {
        MLContext mlContext = new WarningLog(Console.Error.WriteLine).Attach(new MLContext());
        // Load would trust a damaged file.
        mlContext.Model.Verify(modelPath);
        try
        {
            ITransformer model = mlContext.Model.Load(modelPath, out _);
            _engine = mlContext.Model.CreatePredictionEngine<Picture, PicturePrediction>(model);
        }
        // What ML.NET throws depends on what it does not find; it wraps the cause.
        catch (Exception e) when (e is not (FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException))
        {
            throw new InvalidDataException($"'{modelPath}' is not a model of pictures that can be used here: {e.GetBaseException().Message}", e);
        }
        var names = default(VBuffer<ReadOnlyMemory<char>>);
        _engine.OutputSchema[nameof(PicturePrediction.Score)].GetSlotNames(ref names);
        Classes = [.. names.DenseValues().Select(name => name.ToString())];
    }

    /// <summary>The names of the classes, in the order of the scores.</summary>
    public IReadOnlyList<string> Classes { get; }

    public PicturePrediction Classify(string imagePath) => _engine.Predict(new Picture { ImagePath = imagePath });

    public void Dispose() => _engine.Dispose();
}
