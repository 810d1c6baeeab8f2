// Trains a spiking ResNet in an ML.NET pipeline, evaluates it, saves it as one zip, loads the zip again and scores a picture.
//
//     dotnet run -c Release --project src/Samples/TrainAndScore
//
// draws its own pictures (ten colored shapes) and takes a few minutes on two cores. For pictures of your own, one folder a class:
//
//     dotnet run -c Release --project src/Samples/TrainAndScore -- --images my-pictures.zip --epochs 30
//
// --onnx model.onnx writes the trained network for ONNX Runtime as well: pictures of bytes in, class probabilities out.
// --help lists all options; the command "baseline" trains a linear model on the same pictures, to compare with. Where to look:
//
//     Training/PicturePipeline.cs, SpikingTraining.cs   the pipeline: this is what your own app needs
//     TrainAndScoreRun.cs                               the run from pictures to scores, step by step
//     Images/, ../Shapes/                               reading class folders; drawing the shapes
//     Progress/, Reports/                               what is shown and saved: progress, metrics, plots
//
// Its sibling ScoreOnly uses the saved zip without TorchSharp's native libraries.

using System.Globalization;
using TrainAndScore.CommandLine;

// Numbers are read and written the same way everywhere.
CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
return await SampleCommand.InvokeAsync(args);
