namespace Microsoft.ML.Snn;

/// <summary>How the learning rate changes over the epochs.</summary>
public enum LearningRateSchedule
{
    /// <summary>Half a cosine, from the full rate at the start to 0 at the end, updated every batch.</summary>
    Cosine,

    /// <summary>
    /// Drops in steps: multiplied by <see cref="SpikingResNetTrainer.Options.StepFactor"/> after every
    /// <see cref="SpikingResNetTrainer.Options.StepEpochs"/> epochs.
    /// </summary>
    Step,

    /// <summary>The same rate throughout.</summary>
    Constant,
}
