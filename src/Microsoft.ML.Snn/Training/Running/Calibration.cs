using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Training.Data;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>
/// Gives a folded network the batch statistics that folding has taken from it: those of the new data, of which it scores the first samples
/// of the first epoch, as they are shuffled and augmented there, in a network of its own.
/// </summary>
internal static class Calibration
{
    // Enough for statistics of a few percent in the last layer, which has one value a sample and step.
    private const int Samples = 2048;

    /// <summary>All tensors of a network to be trained.</summary>
    /// <param name="plan">The run's, with a folded network to begin with.</param>
    /// <param name="data">The new data.</param>
    /// <param name="checkAlive">Throws where the run was canceled.</param>
    public static IReadOnlyDictionary<string, float[]> Run(TrainingPlan plan, TrainingData data, Action checkAlive)
    {
        InitialTensors initial = plan.Start!.Tensors;
        PhasePlan phase = plan.Phases[0];
        var meter = new CurrentMeter();
        using var network = new TrainableNetwork(
            phase.Network, plan.Neuron, plan.Reading.Seeds.Initialization, plan.Device, precision: plan.Precision, meter: meter);
        network.Overwrite(initial.Uncalibrated());
        var loss = new BatchLoss(plan, phase);
        int seen = 0;
        using BatchQueue batches = data.Training.StartEpoch(epoch: 0, plan.CancellationToken, whole: true);
        while (seen < Samples && batches.TryTake(out Batch batch))
        {
            checkAlive();
            using (TorchSharp.DisposeScope scope = NewDisposeScope())
                loss.Outputs(network, batch, training: false);
            seen += batch.Count;
            batches.Return(batch);
        }
        return initial.With(meter.Of);
    }
}
