namespace TrainAndScore.Images;

/// <summary>What the saved model reads: the path of an image file. Any app that has a class with this column can use the zip.</summary>
internal class Picture
{
    public string ImagePath { get; set; } = "";
}

/// <summary>What training and evaluation read: a picture and the name of its class.</summary>
internal sealed class LabeledPicture : Picture
{
    public string Label { get; set; } = "";
}
