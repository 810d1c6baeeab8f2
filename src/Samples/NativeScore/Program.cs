// Classifies pictures with a model that TrainAndScore has saved, as native code: no .NET on the machine, no just-in-time compiler, no
// pipeline. Made and used by
//
//     dotnet publish -c Release -o artifacts/NativeScore src/Samples/NativeScore
//     artifacts/NativeScore/NativeScore artifacts/TrainAndScore/model.zip picture.png [more pictures]
//
// SpikingNetwork.Load takes the network out of the zip; what the pipeline in front of it does to a picture is PicturePixels.cs here.

using System.Globalization;
using Microsoft.ML.Snn;
using NativeScore;

if (args is not [string modelPath, _, ..])
{
    Console.Error.WriteLine("Usage: NativeScore model.zip picture [more pictures]");
    return 2;
}
bool allRight = true;
try
{
    SpikingNetwork network = SpikingNetwork.Load(modelPath);
    float[] features = new float[network.FeatureCount], scores = new float[network.ClassCount];
    foreach (string path in args[1..])
    {
        try
        {
            PicturePixels.Read(path, network.InputShape, features);
        }
        catch (InvalidDataException e)
        {
            Console.Error.WriteLine(e.Message);
            allRight = false;
            continue;
        }
        network.Score(features, scores);
        int best = Array.IndexOf(scores, scores.Max());
        string name = network.ClassLabels?[best] ?? best.ToString(CultureInfo.InvariantCulture);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {name} ({100 * scores[best]:F2}%)"));
    }
}
catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
return allRight ? 0 : 1;
