// Trains a spiking ResNet on recordings of an event camera, in an ML.NET pipeline: LoadEvents -> AccumulateEvents -> SpikingResNet. Then
// evaluates it, saves it, and scores a recording as a live stream, event by event.
//
//     dotnet run -c Release --project src/Samples/EventCamera
//
// makes its own recordings (four moving shapes before a simulated event camera) and takes a few minutes on two cores. For recordings of
// your own, one folder a class, in any format that LoadEvents knows; N-MNIST for example:
//
//     dotnet run -c Release --project src/Samples/EventCamera -- --recordings nmnist-train.zip --test nmnist-test.zip
//
// On the first 900 training and 100 test recordings of N-MNIST this reached 95 % (seed 1, 20 epochs, T = 5) in half a minute on two
// cores.
//
// --recipe has settings of ours for well-known sets: N-MNIST, DVS128 Gesture as it is published (recordings, tables of gestures, lists),
// CIFAR10-DVS and N-Caltech101 as class folders. Nothing is known yet of what the last three reach.
//
//     dotnet run -c Release --project src/Samples/EventCamera -- --recipe dvs-gesture --data DvsGesture
//
// --help lists all options. Where to look:
//
//     Training/EventPipeline.cs     the pipeline: this is what your own app needs; EventRecipe.cs: the settings for each set
//     EventCameraRun.cs             the run from recordings to scores, step by step; LiveStream.cs: the same model on a stream
//     Recordings/, Simulation/      reading sets of recordings; those that are simulated (the camera: ../SimulatedCamera)
//     Reports/                      the picture of a recording: its frames and the spikes of a layer

using System.Globalization;
using EventCamera.CommandLine;

// Numbers are read and written the same way everywhere.
CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
return await SampleCommand.InvokeAsync(args);
