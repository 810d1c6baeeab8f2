using Microsoft.ML;
using Microsoft.ML.Snn;
using TrainAndScore.Images;

namespace TrainAndScore.Training;

/// <summary>A saved model whose scores another network learns from.</summary>
internal static class PictureTeacher
{
    public const string ScoreColumnName = "TeacherScore";

    /// <summary>Adds the model's scores of the pictures to them; they are computed when they are read.</summary>
    /// <exception cref="UserException">The file cannot be read as a model of pictures.</exception>
    public static IDataView Score(MLContext mlContext, IDataView pictures, string modelPath)
    {
        if (!File.Exists(modelPath))
            throw new UserException($"--teacher: there is no file '{modelPath}'.");
        try
        {
            // Load would trust a damaged file.
            mlContext.Model.Verify(modelPath);
            IDataView scored = mlContext.Model.Load(modelPath, out _).Transform(pictures);
            return mlContext.Transforms.CopyColumns(ScoreColumnName, nameof(PicturePrediction.Score))
                .Append(mlContext.Transforms.SelectColumns(nameof(Picture.ImagePath), nameof(LabeledPicture.Label), ScoreColumnName))
                .Fit(scored).Transform(scored);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or ArgumentOutOfRangeException)
        {
            throw new UserException($"--teacher: '{modelPath}' is no model of pictures. {e.Message}", e);
        }
    }
}
