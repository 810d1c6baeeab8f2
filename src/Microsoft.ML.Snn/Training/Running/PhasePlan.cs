namespace Microsoft.ML.Snn;

/// <summary>A phase of a training run, laid out for its samples.</summary>
/// <param name="FirstEpoch">Counted from 0.</param>
/// <param name="TimeSteps">T.</param>
/// <param name="Network">The network for samples of the phase's size.</param>
internal sealed record PhasePlan(int FirstEpoch, int TimeSteps, NetworkPlan Network)
{
    /// <summary>The early phases, then the run's own.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A phase does not suit the samples.</exception>
    public static IReadOnlyList<PhasePlan> Of(SpikingResNetTrainer.Options options, SampleShape shape, int timeSteps, int classes)
    {
        var plans = new List<PhasePlan>();
        int epoch = 0;
        foreach (TrainingPhase phase in options.EarlyPhases ?? [])
        {
            if (phase.TimeSteps is { } steps && (shape.Slices is not null ? steps != timeSteps : steps > timeSteps))
            {
                throw ColumnCheck.Unsuitable(
                    shape.Slices is null
                        ? $"An early phase has {steps} time steps, more than the {timeSteps} of the run."
                        : $"An early phase has {steps} time steps, but samples of shape {shape} have {timeSteps} of their own.",
                    nameof(options.EarlyPhases));
            }
            int height = Scale(shape.Height, phase.Scale), width = Scale(shape.Width, phase.Scale);
            plans.Add(new(epoch, phase.TimeSteps ?? timeSteps, NetworkPlan.Create(options.Architecture, shape.Channels, height, width, classes)));
            epoch += phase.Epochs;
        }
        plans.Add(new(epoch, timeSteps, NetworkPlan.Create(options.Architecture, shape.Channels, shape.Height, shape.Width, classes)));
        return plans;
    }

    private static int Scale(int size, double factor) => Math.Max(1, (int)Math.Round(size * factor));
}
