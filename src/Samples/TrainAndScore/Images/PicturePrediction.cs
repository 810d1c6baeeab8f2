namespace TrainAndScore.Images;

/// <summary>What the saved model answers.</summary>
internal class PicturePrediction
{
    /// <summary>The name of the most probable class.</summary>
    public string PredictedClass { get; set; } = "";

    /// <summary>A probability for each class.</summary>
    public float[] Score { get; set; } = [];
}

/// <summary>The same beside the picture that it is about.</summary>
internal sealed class ScoredPicture : PicturePrediction
{
    public string ImagePath { get; set; } = "";
}
