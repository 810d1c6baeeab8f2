using System.Reflection;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Training;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;
using TorchSharp;

namespace Microsoft.ML.Snn;

public sealed partial class SpikingResNetTrainer
{
    public sealed partial class Options
    {
        /// <summary>
        /// The options that cannot change the weights, or do so through something else that decides them too. All others are taken for
        /// such that do: one that is added to the trainer and not to this list makes another run.
        /// </summary>
        internal static readonly HashSet<string> Undecisive =
        [
            // Where the data come from, and their share; the samples themselves decide.
            nameof(FeatureColumnName), nameof(LabelColumnName), nameof(ExampleWeightColumnName), nameof(TeacherScoreColumnName),
            nameof(ValidationSet), nameof(ValidationFraction),
            // What decides as it was resolved: null stands for several things.
            nameof(TimeSteps), nameof(InputShape), nameof(NormalizeInput), nameof(Device), nameof(Seed),
            // What is made of the weights, and who hears of it.
            nameof(ScoreColumnName), nameof(PredictedLabelColumnName), nameof(Quantize), nameof(KeepTrainingState), nameof(MetricsCallback),
            nameof(Progress), nameof(CancellationToken), nameof(Communicator), nameof(CheckpointFolder), nameof(Diagnostics),
            nameof(ReportPath), nameof(TensorBoardFolder),
            // How it is computed: to the same bits. Of the cache only the order of the samples depends, which decides by itself.
            nameof(Memory), nameof(CacheMebibytes), nameof(AllowEmulatedBFloat16),
        ];

        internal Options Snapshot()
        {
            var copy = (Options)MemberwiseClone();
            copy.InputShape = (int[]?)InputShape?.Clone();
            copy.EarlyPhases = EarlyPhases is null ? null : [.. EarlyPhases];
            return copy;
        }

        /// <summary>The options that can change the weights, in an order of their own.</summary>
        internal static IEnumerable<FieldInfo> Decisive() => typeof(Options).GetFields(BindingFlags.Public | BindingFlags.Instance)
            .Where(field => !Undecisive.Contains(field.Name)).OrderBy(field => field.Name, StringComparer.Ordinal);

        /// <summary>What of the options decides the weights.</summary>
        internal IEnumerable<(string Name, object? Value)> DecisiveValues() =>
            Decisive().Select(field => (field.Name, field.GetValue(this)));

        /// <summary>How the network learns from a teacher; null without one.</summary>
        private TeacherDistillation? ResolvedDistillation => TeacherScoreColumnName is null ? null : TeacherDistillation ?? new();

        /// <summary>The teacher's scores in the training set; null for none.</summary>
        internal TeacherScores? Teacher => ResolvedDistillation is { } distillation
            ? new(TeacherScoreColumnName!, distillation.ScoreKind, distillation.Temperature) : null;

        /// <summary>The phases of a run over samples with these columns.</summary>
        /// <exception cref="ArgumentOutOfRangeException">An option does not suit the samples.</exception>
        internal IReadOnlyList<PhasePlan> Phases(ExampleColumns columns)
        {
            int timeSteps = columns.Shape.ResolveTimeSteps(TimeSteps);
            if (SelfDistillation is not null && timeSteps == 1)
            {
                throw ColumnCheck.Unsuitable(
                    "The option SelfDistillation lets time steps learn from their mean, but the run has one time step only. Set TimeSteps "
                    + "to 2 or more, or leave SelfDistillation unset.",
                    nameof(SelfDistillation));
            }
            if (Augmentation is not null)
                SamplePreparation.Check(Augmentation, columns.Shape);
            if (InputStatistics is { } known && known.Mean.Count != columns.Shape.Channels)
            {
                throw ColumnCheck.Unsuitable(
                    $"The option InputStatistics has {known.Mean.Count} channels, but the samples of feature column '{FeatureColumnName}' "
                    + $"have {columns.Shape.Channels}.",
                    nameof(InputStatistics));
            }
            return PhasePlan.Of(Architecture, EarlyPhases ?? [], columns, timeSteps);
        }

        /// <summary>What of the initial network a run over samples with these columns takes over; null without one.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The initial network is of another kind.</exception>
        internal InitialNetworkFit? Fit(ExampleColumns columns, IReadOnlyList<PhasePlan> phases) =>
            InitialNetwork is null ? null : new(InitialNetwork, Architecture, phases[^1].Network, Neuron, columns);

        /// <summary>What a run with these options is to do.</summary>
        internal TrainingPlan Plan(
            ExampleColumns columns, IReadOnlyList<PhasePlan> phases, InitialNetworkFit? initial, SeedSequence seeds, torch.Device device,
            RankGroup? ranks = null)
        {
            bool keepsNormalization = NormalizeInput is null && initial is { KnowsNormalization: true };
            (bool, (float[], float[])?) normalization = InputStatistics is { } known
                ? (true, ([.. known.Mean], [.. known.Deviation]))
                : keepsNormalization
                    ? (initial!.Normalization is not null, initial.Normalization)
                    : (NormalizeInput ?? columns.Shape.Slices is null, null);
            return Plan(columns, phases, seeds, device, ranks ?? RankGroup.Alone, initial?.Start, normalization);
        }

        private TrainingPlan Plan(
            ExampleColumns columns, IReadOnlyList<PhasePlan> phases, SeedSequence seeds, torch.Device device, RankGroup ranks,
            TrainingStart? start,
            (bool IsAsked, (float[] Mean, float[] Deviation)? Values) normalization) => new()
        {
            Reading = new()
            {
                Columns = columns,
                Seeds = seeds,
                BatchSize = BatchSize,
                CacheBytes = (long)CacheMebibytes << 20,
                ValidationFraction = ValidationFraction,
                Normalizes = normalization.IsAsked,
                Normalization = normalization.Values,
                MaySkipFirstPass = InputStatistics is not null,
                Augmentation = Augmentation,
                Teacher = Teacher,
                Rank = ranks.IsAlone ? null : (ranks.Rank, ranks.Size),
            },
            Ranks = ranks,
            NormalizesOverRanks = NormalizeOverRanks,
            ExchangePrecision = ExchangePrecision,
            Phases = phases,
            Start = start,
            Neuron = Neuron,
            Device = device,
            Epochs = Epochs,
            LearningRate = LearningRate,
            Schedule = Schedule,
            Optimizer = Optimizer,
            Loss = Loss,
            SelfDistillation = SelfDistillation,
            TeacherDistillation = ResolvedDistillation,
            SynapticOperationPenalty = SynapticOperationPenalty,
            LabelSmoothing = LabelSmoothing,
            IsWeighted = ExampleWeightColumnName is not null,
            WeightAverageDecay = WeightAverageDecay,
            EarlyStopping = EarlyStopping,
            Precision = Precision,
            AllowTensorFloat32 = AllowTensorFloat32,
            Memory = Memory,
            Diagnostics = Diagnostics,
            MetricsCallback = MetricsCallback,
            Progress = Progress,
            CancellationToken = CancellationToken,
        };
    }
}
