using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Training.Data;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>All that a training run is to do, laid out for its samples.</summary>
internal sealed record TrainingPlan
{
    /// <summary>How samples are read.</summary>
    public required ReadingPlan Reading { get; init; }

    /// <summary>One after the other; the last one is at the full time steps and size.</summary>
    public required IReadOnlyList<PhasePlan> Phases { get; init; }

    /// <summary>Null to begin with random weights.</summary>
    public TrainingStart? Start { get; init; }

    public required LifNeuronOptions Neuron { get; init; }

    /// <summary>Where to compute.</summary>
    public required Device Device { get; init; }

    /// <summary>Of all phases.</summary>
    public required int Epochs { get; init; }

    /// <summary>At its highest.</summary>
    public required double LearningRate { get; init; }

    public required LearningRateSchedule Schedule { get; init; }

    public required TrainingOptimizer Optimizer { get; init; }

    public required SpikingLoss Loss { get; init; }

    /// <summary>Null for none.</summary>
    public TemporalSelfDistillation? SelfDistillation { get; init; }

    /// <summary>How the network learns from the teacher that <see cref="ReadingPlan.Teacher"/> reads; null for none.</summary>
    public TeacherDistillation? TeacherDistillation { get; init; }

    /// <summary>0 for none.</summary>
    public double SynapticOperationPenalty { get; init; }

    public double LabelSmoothing { get; init; }

    /// <summary>Whether samples have weights.</summary>
    public bool IsWeighted { get; init; }

    /// <summary>0 for no average.</summary>
    public double WeightAverageDecay { get; init; }

    public EarlyStopping? EarlyStopping { get; init; }

    public TrainingPrecision Precision { get; init; }

    /// <summary>Whether CUDA devices may use TF32.</summary>
    public bool AllowTensorFloat32 { get; init; }

    public TrainingMemory Memory { get; init; }

    /// <summary>What to measure on the way; null for nothing.</summary>
    public TrainingDiagnosticsOptions? Diagnostics { get; init; }

    /// <summary>Who trains together.</summary>
    public RankGroup Ranks { get; init; } = RankGroup.Alone;

    /// <summary>Whether tdBN normalizes by the batch of all ranks.</summary>
    public bool NormalizesOverRanks { get; init; }

    /// <summary>What ranks send gradients in.</summary>
    public TrainingPrecision ExchangePrecision { get; init; }

    public Action<TrainingMetrics>? MetricsCallback { get; init; }

    public IProgress<TrainingProgress>? Progress { get; init; }

    public CancellationToken CancellationToken { get; init; }

    /// <summary>Of the samples, before a phase scales them.</summary>
    public SampleShape Shape => Reading.Columns.Shape;

    /// <summary>T of the trained network.</summary>
    public int TimeSteps => Phases[^1].TimeSteps;

    /// <summary>The trained network.</summary>
    public NetworkPlan Network => Phases[^1].Network;
}
