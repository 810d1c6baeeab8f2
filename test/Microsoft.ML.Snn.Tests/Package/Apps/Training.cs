using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Snn;

// Arguments: the zip to write. Prints which native library of TorchSharp was loaded, then a line of scores a picture.
var ml = new MLContext(seed: 1);
IDataView pictures = ml.Data.LoadFromEnumerable(Picture.Draw(24));
var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Picture.Name))
    .Append(ml.Transforms.ExtractPixels("Features", nameof(Picture.Image)))
    .Append(ml.MulticlassClassification.Trainers.SpikingResNet(new SpikingResNetTrainer.Options
    {
        Architecture = new() { Stem = new(8), Stages = [new(1, 8), new(1, 16, 2)] },
        TimeSteps = 2,
        Epochs = 2,
        BatchSize = 8,
        LearningRate = 0.05,
    }))
    .Append(ml.Transforms.Conversion.MapKeyToValue(nameof(Prediction.Guess), "PredictedLabel"));
ITransformer model = pipeline.Fit(pictures);
ml.Model.Save(model, pictures.Schema, args[0]);

ProcessModule native = Process.GetCurrentProcess().Modules.Cast<ProcessModule>()
    .Single(module => module.ModuleName == "libLibTorchSharp.so");
Console.WriteLine(native.FileName);
foreach (Prediction prediction in ml.Data.CreateEnumerable<Prediction>(model.Transform(pictures), reuseRowObject: false))
    Console.WriteLine(prediction);
