// Classifies pictures with a model that another app has trained and saved. Neither TorchSharp's native library nor libtorch is part of
// this app: the spiking network runs in managed code.
//
//     dotnet run -c Release --project src/Samples/ScoreOnly -- artifacts/TrainAndScore/model.zip picture.png [more pictures or folders]
//
// --scores-only prints all probabilities with all their digits, so that the answers of two processes can be compared to the last bit.
// Where to look:
//
//     PictureClassifier.cs      the model: load the zip, predict; this is what your own app needs
//     PictureRows.cs            the columns that the model reads and writes, known to both apps by name only
//     PictureFiles.cs           the files that the command line names
//     ScoreCommand.cs           the command line

using ScoreOnly;

return ScoreCommand.Invoke(args);
