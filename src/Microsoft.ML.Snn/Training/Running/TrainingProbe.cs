using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Diagnostics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>
/// Measures a network in training on one batch, as a network of its own: float32, in torch operations, with the same weights. So the
/// training's kernels, statistics and gradients are left alone.
/// </summary>
internal sealed class TrainingProbe : IDisposable
{
    private readonly TrainingPlan _plan;
    private readonly PhasePlan _phase;
    private readonly LayerMeter _meter = new();
    private readonly TrainableNetwork _network;

    /// <param name="plan">The run's.</param>
    /// <param name="phase">One of the plan's phases.</param>
    public TrainingProbe(TrainingPlan plan, PhasePlan phase)
    {
        (_plan, _phase) = (plan, phase);
        _network = new(
            phase.Network, plan.Neuron, plan.Reading.Seeds.Initialization, plan.Device, operationPenalty: plan.SynapticOperationPenalty,
            tap: _meter, frozenBlocks: plan.Start?.FrozenBlocks);
    }

    /// <param name="tensors">The network's in training; null for initial ones.</param>
    /// <param name="batch">Samples.</param>
    /// <param name="meanWeight">Mean of all samples' weights.</param>
    /// <param name="isometryVectors">0 for no isometry.</param>
    public TrainingDiagnostics Measure(
        IReadOnlyDictionary<string, float[]>? tensors, Batch batch, double meanWeight, int isometryVectors)
    {
        using DisposeScope scope = NewDisposeScope();
        if (tensors is not null)
            _network.Import(tensors);
        foreach ((_, Parameter parameter) in _network.Parameters)
            parameter.grad = null;
        _meter.Clear();
        _meter.KeepsCurrents = isometryVectors > 0;
        (Tensor loss, _, _, _) = new BatchLoss(_plan, _phase).Of(_network, batch, meanWeight, training: true);
        _network.Backward(loss);
        IReadOnlyDictionary<string, Tensor> currents = _meter.TakeCurrents();
        try
        {
            return new(batch.Count, loss.ToDouble(), _meter.Read(WeightGradientNorm), isometryVectors == 0 ? [] : Isometry());
        }
        finally
        {
            foreach (Tensor current in currents.Values)
                current.Dispose();
        }

        IReadOnlyList<BlockIsometry> Isometry() =>
            new IsometryMeter(_plan.Neuron, _phase.TimeSteps, isometryVectors, _plan.Reading.Seeds.Initialization)
                .Measure(_network.Branches, currents);
    }

    public void Dispose()
    {
        _meter.Clear();
        _network.Dispose();
    }

    /// <summary>Over the convolutions, or the linear layer, that lead to a layer of neurons.</summary>
    private double WeightGradientNorm(string layer)
    {
        HashSet<string> names = [.. _network.WeightsInto(layer)];
        return Math.Sqrt(_network.Parameters.Where(parameter => names.Contains(parameter.Name)).Sum(parameter =>
        {
            using Tensor? gradient = parameter.Value.grad;
            return gradient is null ? 0 : Math.Pow(gradient.norm().ToDouble(), 2);
        }));
    }
}
