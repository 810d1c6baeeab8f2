using Microsoft.ML;

// Arguments: the zip to read. Prints a line of scores a picture, then what comes of an attempt to train.
var ml = new MLContext(seed: 1);
ITransformer model = ml.Model.Load(args[0], out _);
using (var engine = ml.Model.CreatePredictionEngine<Picture, Prediction>(model))
{
    foreach (Picture picture in Picture.Draw(24))
        Console.WriteLine(engine.Predict(picture));
}

var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Picture.Name))
    .Append(ml.Transforms.ExtractPixels("Features", nameof(Picture.Image)))
    .Append(ml.MulticlassClassification.Trainers.SpikingResNet(epochs: 1));
try
{
    pipeline.Fit(ml.Data.LoadFromEnumerable(Picture.Draw(4)));
}
catch (DllNotFoundException e)
{
    Console.WriteLine(e.Message);
}
