// Trains a network to tell ten kinds of drawn shapes apart, saves it, and asks the saved model about a picture that it has not seen:
//
//     dotnet run -c Release --project src/Samples/Quickstart
//
// takes about a minute on two cores. It is an ordinary ML.NET pipeline: only the trainer, SpikingResNet, comes from this library.

using Microsoft.ML;
using Microsoft.ML.Snn;
using Shapes;

// PNG files in one folder a class, as your own pictures may be: .../train/arrow/0000.png
string folder = Path.Combine("artifacts", "Quickstart"), zip = Path.Combine(folder, "model.zip");
(string trainFolder, string testFolder) = ShapeSet.Draw(folder, seed: 1);

var ml = new MLContext(seed: 1);
IDataView train = ml.Data.LoadFromEnumerable(ReadFolders(trainFolder)), test = ml.Data.LoadFromEnumerable(ReadFolders(testFolder));

var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Picture.Name))
    .Append(ml.Transforms.LoadImages("Image", imageFolder: null, nameof(Picture.Path)))
    .Append(ml.Transforms.ResizeImages("Image", imageWidth: 32, imageHeight: 32))
    .Append(ml.Transforms.ExtractPixels("Features", "Image"))
    .Append(ml.MulticlassClassification.Trainers.SpikingResNet(new SpikingResNetTrainer.Options
    {
        Architecture = SpikingResNetArchitecture.ResNet17.WithWidth(0.25),  // a quarter of its channels: small and fast
        TimeSteps = 2,                                                      // the network looks at each picture twice
        Epochs = 4,                                                         // and at the whole set four times
        BatchSize = 16,
        MetricsCallback = epoch => Console.WriteLine(
            $"Epoch {epoch.Epoch} of {epoch.Epochs}: {epoch.Accuracy:P1} of the training pictures, {epoch.Elapsed.TotalSeconds:F0} s"),
    }))
    .Append(ml.Transforms.Conversion.MapKeyToValue(nameof(Answer.Guess), "PredictedLabel"));

ITransformer model = pipeline.Fit(train);
double accuracy = ml.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;
Console.WriteLine($"{accuracy:P1} of the pictures that it has not seen are right; guessing would give 10 %.");
ml.Model.Save(model, train.Schema, zip);

// Another program may begin here. It needs no native deep-learning library to score.
ml.Model.Verify(zip);
ITransformer loaded = ml.Model.Load(zip, out _);
using var engine = ml.Model.CreatePredictionEngine<Picture, Answer>(loaded);
string picture = Path.Combine(testFolder, "star", "0000.png");
Answer answer = engine.Predict(new Picture { Path = picture });
Console.WriteLine($"{picture}: {answer.Guess}, with a probability of {answer.Score.Max():P1}, says {zip}.");

static IEnumerable<Picture> ReadFolders(string root) => Directory.GetDirectories(root).Order().SelectMany(classFolder =>
    Directory.GetFiles(classFolder).Order().Select(file => new Picture { Path = file, Name = Path.GetFileName(classFolder) }));

internal sealed class Picture
{
    public string Path { get; set; } = "";
    public string Name { get; set; } = "";
}

internal sealed class Answer
{
    public string Guess { get; set; } = "";
    public float[] Score { get; set; } = [];    // a probability for each class
}
