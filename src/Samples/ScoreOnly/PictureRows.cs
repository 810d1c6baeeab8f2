namespace ScoreOnly;

/// <summary>What the model reads: the path of an image file.</summary>
internal sealed class Picture
{
    public string ImagePath { get; set; } = "";
}

/// <summary>What the model answers.</summary>
internal sealed class PicturePrediction
{
    /// <summary>The name of the most probable class.</summary>
    public string PredictedClass { get; set; } = "";

    /// <summary>A probability for each class.</summary>
    public float[] Score { get; set; } = [];
}
