using Microsoft.ML.Snn.Architecture;

namespace Microsoft.ML.Snn.Network;

/// <summary>What a network in training begins with instead of random weights.</summary>
/// <param name="Tensors">By the names of <see cref="TrainedNetwork"/>; those that are missing stay as they are initialized.</param>
/// <param name="Normalizations">
/// tdBNs that are known in their folded form alone, by the prefix of their names; they need statistics. None of a network in training.
/// </param>
internal sealed record InitialTensors(
    IReadOnlyDictionary<string, float[]> Tensors, IReadOnlyDictionary<string, FoldedNormalization> Normalizations)
{
    /// <summary>Whether statistics are needed.</summary>
    public bool IsFolded => Normalizations.Count > 0;

    /// <summary>All tensors, by statistics that do nothing: for scoring alone.</summary>
    public IReadOnlyDictionary<string, float[]> Uncalibrated() => With(name =>
    {
        int channels = Normalizations[name].Scale.Length;
        double[] variance = new double[channels];
        Array.Fill(variance, 1 - BatchNormalization.Epsilon);
        return (new double[channels], variance);
    });

    /// <summary>All tensors, by the mean and the biased variance of what each tdBN takes.</summary>
    public IReadOnlyDictionary<string, float[]> With(Func<string, (double[] Mean, double[] Variance)> statistics)
    {
        var tensors = new Dictionary<string, float[]>(Tensors);
        foreach ((string name, FoldedNormalization normalization) in Normalizations)
        {
            (double[] mean, double[] variance) = statistics(name);
            foreach ((string tensor, float[] values) in normalization.Tensors(name, mean, variance))
                tensors.Add(tensor, values);
        }
        return tensors;
    }
}
