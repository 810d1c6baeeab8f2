namespace Microsoft.ML.Snn.Training.Data;

/// <summary>What a sample is to teach.</summary>
/// <param name="Label">Class, from 0.</param>
/// <param name="Weight">Of the sample; 1 where there is no weight column.</param>
/// <param name="Teacher">The teacher's probabilities of the classes; null without a teacher. Valid until the next sample is read.</param>
internal readonly record struct ExampleTarget(int Label, float Weight, float[]? Teacher = null)
{
    /// <summary>With memory of its own.</summary>
    public ExampleTarget Copy() => this with { Teacher = (float[]?)Teacher?.Clone() };
}
