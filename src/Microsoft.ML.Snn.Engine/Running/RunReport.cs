using Microsoft.ML.Snn.Engine.Tracing;

namespace Microsoft.ML.Snn.Engine.Running;

/// <summary>What a caller wants to know of a row besides its scores.</summary>
[Flags]
internal enum RunDetails
{
    None = 0,
    StepScores = 1,
    Spikes = 2,
    Operations = 4,
}

/// <summary>What happened while a row was scored; memory that is used again for the next row.</summary>
internal sealed class RunReport(int timeSteps, int classes)
{
    /// <summary>Probabilities after the last step computed: [classes].</summary>
    public float[] Scores { get; } = new float[classes];

    /// <summary>Probabilities after each step: [T, classes]; NaN for steps that were not computed.</summary>
    public float[] StepScores { get; } = new float[timeSteps * classes];

    public int StepsUsed { get; set; }

    public long Spikes { get; set; }

    public OperationCount Operations { get; set; }

    public Span<float> ScoresOf(int step) => StepScores.AsSpan(step * classes, classes);

    /// <summary>What is said of a row that cannot be scored: no step was computed.</summary>
    public void SetUnknown()
    {
        Scores.AsSpan().Fill(float.NaN);
        StepScores.AsSpan().Fill(float.NaN);
        (StepsUsed, Spikes, Operations) = (0, 0, default);
    }
}
