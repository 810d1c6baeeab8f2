namespace Microsoft.ML.Snn.Training.Data;

/// <summary>How the samples of a training run are read and prepared.</summary>
internal sealed record ReadingPlan
{
    /// <summary>What the training set's columns tell.</summary>
    public required ExampleColumns Columns { get; init; }

    /// <summary>Split, shuffle and augment.</summary>
    public required SeedSequence Seeds { get; init; }

    /// <summary>Largest number of samples in a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Memory in which samples may be kept.</summary>
    public required long CacheBytes { get; init; }

    /// <summary>Share of the training set to validate on; 0 for none.</summary>
    public double ValidationFraction { get; init; }

    /// <summary>Whether each channel's mean and deviation are taken out.</summary>
    public bool Normalizes { get; init; }

    /// <summary>These; null for the training set's own.</summary>
    public (float[] Mean, float[] Deviation)? Normalization { get; init; }

    /// <summary>Whether features need not be read before the first epoch, where the samples cannot be kept.</summary>
    public bool MaySkipFirstPass { get; init; }

    public ImageAugmentation? Augmentation { get; init; }

    /// <summary>Whose scores the training set has; null for nobody's. Validation does without.</summary>
    public TeacherScores? Teacher { get; init; }

    /// <summary>Which part of each batch to make, of how many; null for all of it.</summary>
    public (int Rank, int Ranks)? Rank { get; init; }
}
