using Microsoft.ML;
using Microsoft.ML.Snn;

// Arguments: the zip to read. Prints a line of scores a picture, then what comes of attempts to train: from networks that are missing,
// damaged or of another architecture, and anew.
var ml = new MLContext(seed: 1);
ITransformer model = ml.Model.Load(args[0], out _);
using (var engine = ml.Model.CreatePredictionEngine<Picture, Prediction>(model))
{
    foreach (Picture picture in Picture.Draw(24))
        Console.WriteLine(engine.Predict(picture));
}

string damaged = Path.GetTempFileName();
try
{
    File.WriteAllBytes(damaged, File.ReadAllBytes(args[0])[..^100]);
    Try<FileNotFoundException>(() => InitialNetwork.FromModel("missing.zip"));
    Try<InvalidDataException>(() => InitialNetwork.FromModel(damaged));
}
finally
{
    File.Delete(damaged);
}
InitialNetwork other = InitialNetwork.FromModel(args[0]);
Try<ArgumentOutOfRangeException>(() => Train(new()
{
    Architecture = SpikingResNetArchitecture.ResNet19, Epochs = 1, InitialNetwork = other,
}));
Try<DllNotFoundException>(() => Train(new() { Epochs = 1 }));

void Train(SpikingResNetTrainer.Options options) => ml.Transforms.Conversion.MapValueToKey("Label", nameof(Picture.Name))
    .Append(ml.Transforms.ExtractPixels("Features", nameof(Picture.Image)))
    .Append(ml.MulticlassClassification.Trainers.SpikingResNet(options))
    .Fit(ml.Data.LoadFromEnumerable(Picture.Draw(4)));

static void Try<TException>(Action action)
    where TException : Exception
{
    try
    {
        action();
    }
    catch (TException e)
    {
        Console.WriteLine($"{typeof(TException).Name}: {e.Message.ReplaceLineEndings(" ")}");
    }
}
