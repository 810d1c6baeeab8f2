namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>What is known of a run before its first epoch.</summary>
internal sealed record RunFacts
{
    /// <summary>The network's name.</summary>
    public required string Network { get; init; }

    public required int Epochs { get; init; }

    /// <summary>The most spikes that a neuron sends in a time step.</summary>
    public int MaxSpikes { get; init; } = 1;

    /// <summary>Names of the classes, or their numbers from 1.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Training samples of each class.</summary>
    public required IReadOnlyList<long> TrainingSamples { get; init; }

    /// <summary>Validation samples of each class; null without validation.</summary>
    public required IReadOnlyList<long>? ValidationSamples { get; init; }

    /// <summary>Of the network and the run, by names.</summary>
    public required IReadOnlyList<(string Name, string Value)> Run { get; init; }

    /// <summary>Of the machine and the software, by names.</summary>
    public required IReadOnlyList<(string Name, string Value)> Machine { get; init; }

    /// <summary>The options that have not their default.</summary>
    public required IReadOnlyList<OptionValue> Options { get; init; }
}
