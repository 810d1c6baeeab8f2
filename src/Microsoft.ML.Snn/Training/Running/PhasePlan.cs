using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>A phase of a training run, laid out for its samples.</summary>
/// <param name="FirstEpoch">Counted from 0.</param>
/// <param name="TimeSteps">T.</param>
/// <param name="Network">The network for samples of the phase's size.</param>
internal sealed record PhasePlan(int FirstEpoch, int TimeSteps, NetworkPlan Network)
{
    /// <summary>Synaptic operations of a sample on which all layers fire at these rates, each evenly over its neurons.</summary>
    /// <param name="rates">From input to output.</param>
    public double SynapticOperations(IReadOnlyList<LayerFiringRate> rates) =>
        TimeSteps * NeuronLayer.Of(Network).Zip(rates, (layer, rate) => layer.Synapses * rate.Rate).Sum();

    /// <summary>The early phases, then the run's own.</summary>
    /// <param name="architecture">The network.</param>
    /// <param name="earlyPhases">What comes before the run's own phase.</param>
    /// <param name="columns">Of the samples.</param>
    /// <param name="timeSteps">T of the run's own phase.</param>
    /// <exception cref="ArgumentOutOfRangeException">A phase does not suit the samples.</exception>
    public static IReadOnlyList<PhasePlan> Of(
        SpikingResNetArchitecture architecture, IReadOnlyList<TrainingPhase> earlyPhases, ExampleColumns columns, int timeSteps)
    {
        SampleShape shape = columns.Shape;
        var plans = new List<PhasePlan>();
        int epoch = 0;
        foreach (TrainingPhase phase in earlyPhases)
        {
            if (phase.TimeSteps is { } steps && (shape.Slices is not null ? steps != timeSteps : steps > timeSteps))
            {
                throw ColumnCheck.Unsuitable(
                    shape.Slices is null
                        ? $"An early phase has {steps} time steps, more than the {timeSteps} of the run."
                        : $"An early phase has {steps} time steps, but samples of shape {shape} have {timeSteps} of their own.",
                    "EarlyPhases");
            }
            int height = Scale(shape.Height, phase.Scale), width = Scale(shape.Width, phase.Scale);
            Add(phase.TimeSteps ?? timeSteps, height, width);
            epoch += phase.Epochs;
        }
        Add(timeSteps, shape.Height, shape.Width);
        return plans;

        void Add(int steps, int height, int width) =>
            plans.Add(new(epoch, steps, NetworkPlan.Create(architecture, shape.Channels, height, width, columns.Classes)));
    }

    private static int Scale(int size, double factor) => Math.Max(1, (int)Math.Round(size * factor));
}
