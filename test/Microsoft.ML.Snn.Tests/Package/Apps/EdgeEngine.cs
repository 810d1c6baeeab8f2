using Microsoft.ML.Snn;

// Argument: a file of a network. Prints the class of a row, then the bits of its scores.
SpikingNetwork network = SpikingNetwork.Load(args[0]);
float[] features = [.. Enumerable.Range(0, network.FeatureCount).Select(i => i % 7 * 0.25f)], scores = new float[network.ClassCount];
network.Score(features, scores);
Console.WriteLine(network.Predict(features));
Console.WriteLine(string.Join(' ', scores.Select(BitConverter.SingleToInt32Bits)));
