namespace Microsoft.ML.Snn;

/// <summary>Whether a number of the neurons, such as their decay, is learned, and how many values of it there are.</summary>
public enum NeuronLearning
{
    /// <summary>It is not learned: all neurons have the value of the option.</summary>
    None = 0,

    /// <summary>Each layer learns one value.</summary>
    PerLayer = 1,

    /// <summary>Each channel learns a value of its own.</summary>
    PerChannel = 2,
}
