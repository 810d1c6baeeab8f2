using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Training;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Snn;

public sealed partial class SpikingResNetTrainer
{
    /// <summary>
    /// Options for the <see cref="SpikingResNetTrainer"/>. They are copied when the trainer is made: later changes do not reach it.
    /// </summary>
    /// <remarks>
    /// Of the options of ML.NET's <c>ImageClassificationTrainer</c>, Epoch is called <see cref="Epochs"/> here, ValidationSetFraction
    /// <see cref="ValidationFraction"/>, WorkspacePath <see cref="CheckpointFolder"/> (it keeps checkpoints, no bottleneck values),
    /// LearningRateScheduler <see cref="Schedule"/>, and MinDelta of its early stopping <see cref="EarlyStopping.MinimumGain"/>.
    /// BatchSize, LearningRate, EarlyStopping, ValidationSet and MetricsCallback have the same names.
    /// </remarks>
    public sealed partial class Options : TrainerInputBaseWithWeight
    {
        /// <summary>Output column of the class probabilities. Default <c>Score</c>.</summary>
        public string ScoreColumnName = "Score";

        /// <summary>Output column of the predicted class. Default <c>PredictedLabel</c>.</summary>
        public string PredictedLabelColumnName = "PredictedLabel";

        /// <summary>The network. Default <see cref="SpikingResNetArchitecture.ResNet19"/>.</summary>
        public SpikingResNetArchitecture Architecture = SpikingResNetArchitecture.ResNet19;

        /// <summary>
        /// A trained network to go on from: a model's, or a checkpoint's. Null (default): random weights.
        /// </summary>
        public InitialNetwork? InitialNetwork;

        /// <summary>
        /// Number of time steps T, at least 1. Null (default): 4 for a static image [C, H, W]; for [T, C, H, W] the column's own T, and any
        /// other value is an error.
        /// </summary>
        public int? TimeSteps;

        /// <summary>The neuron. Default: decay 0.25, threshold 0.5, surrogate width 1, reset not detached.</summary>
        public LifNeuronOptions Neuron = new();

        /// <summary>Passes over the training set, at least 1. Default 100.</summary>
        public int Epochs = 100;

        /// <summary>
        /// Largest number of samples in a batch, at least 1; with a <see cref="Communicator"/>, of all ranks together. Default 32. The
        /// batches of an epoch differ by at most one sample, so that no tiny last batch upsets the batch normalization.
        /// </summary>
        public int BatchSize = 32;

        /// <summary>
        /// How gradients change the weights. Default <see cref="TrainingOptimizer.StochasticGradientDescent"/> with its own defaults.
        /// </summary>
        public TrainingOptimizer Optimizer = TrainingOptimizer.StochasticGradientDescent();

        /// <summary>
        /// Learning rate at its highest, above 0, whatever the optimizer. Default 0.1. <see cref="TrainingOptimizer.Muon"/> says what it
        /// means there; it needs a lower rate in long trainings.
        /// </summary>
        public double LearningRate = 0.1;

        /// <summary>How the learning rate changes. Default <see cref="LearningRateSchedule.Cosine"/> without a warm-up.</summary>
        public LearningRateSchedule Schedule = LearningRateSchedule.Cosine();

        /// <summary>What training minimizes. Default <see cref="SpikingLoss.MeanCrossEntropy"/>.</summary>
        public SpikingLoss Loss = SpikingLoss.MeanCrossEntropy;

        /// <summary>
        /// Lets each time step learn what all of them answer together, which helps where rows stop early. It needs more than one time step.
        /// Null (default): none.
        /// </summary>
        public TemporalSelfDistillation? SelfDistillation;

        /// <summary>
        /// Column of the training set with a teacher's scores, from which the network learns beside the labels: a vector of
        /// <see cref="float"/> with a score for each class, in the order of the label's keys, made by any model. Where the column names its
        /// classes, as those of ML.NET's classifiers do, the names must be those of the keys. Augmented samples keep the scores of the
        /// sample as it was. Neither validation nor scoring reads it. Null (default): no teacher.
        /// </summary>
        public string? TeacherScoreColumnName;

        /// <summary>
        /// How the network learns from <see cref="TeacherScoreColumnName"/>, which has to be set too. Null (default): a
        /// <see cref="Microsoft.ML.Snn.TeacherDistillation"/> with its own defaults.
        /// </summary>
        public TeacherDistillation? TeacherDistillation;

        /// <summary>
        /// Weight in the loss, 0 or more, of the synaptic operations that a sample needs, as a share of those where every neuron sends one
        /// spike at every time step: the mean of all layers' firing rates, each weighted by the synapses behind it. It trains for cheap
        /// scoring, which adds where neurons fire. Several spikes of a neuron in a step count as so many. Losses that are reported leave it
        /// out; <see cref="TrainingMetrics.SynapticOperations"/> shows what it does. Default 0.
        /// </summary>
        public double SynapticOperationPenalty;

        /// <summary>
        /// Share of each sample's label, 0 to below 1, that is spread over all classes in training (label smoothing, Szegedy et al., 2016).
        /// Validation does not use it. Default 0.
        /// </summary>
        public double LabelSmoothing;

        /// <summary>
        /// Decay, 0 to below 1, of an exponential moving average of the weights over the batches, which then becomes the model: near 1,
        /// such as 0.999, it averages over the last 1 / (1 - decay) batches. 0 (default): no average.
        /// </summary>
        public double WeightAverageDecay;

        /// <summary>
        /// Cheaper epochs at the beginning: with fewer time steps, or on smaller images. They count among <see cref="Epochs"/>; what they
        /// leave of these, at least one, is trained at the full time steps and size. Validation after an epoch is at that epoch's, and
        /// early stopping looks at the last ones only. A network with windows (<see cref="SpikingResNetArchitecture.HeadPooling"/>) is for
        /// images of one size, and takes phases with fewer time steps alone. Null (default): none.
        /// </summary>
        public IReadOnlyList<TrainingPhase>? EarlyPhases;

        /// <summary>Random changes to the training samples. Null (default): none.</summary>
        public ImageAugmentation? Augmentation;

        /// <summary>
        /// Whether each channel's mean and deviation over the training set are taken out of the input; they become part of the model. Null
        /// (default): yes for [C, H, W]; no for [T, C, H, W], where it would fill the silence between spikes. With a model as
        /// <see cref="InitialNetwork"/> null keeps what that does with its input.
        /// </summary>
        public bool? NormalizeInput;

        /// <summary>
        /// Mean and deviation of each channel, to be taken out of the input instead of those that a first pass over the training set
        /// measures, or that an <see cref="InitialNetwork"/> has. Of a set that does not fit into <see cref="CacheMebibytes"/> the first
        /// pass then reads labels and weights alone, and 64 samples; each row is checked when it is trained on. <c>ValidationFraction</c>
        /// needs the whole pass. Null (default): measured.
        /// </summary>
        public InputStatistics? InputStatistics;

        /// <summary>
        /// The shape [C, H, W] or [T, C, H, W] of a feature column that is a flat vector. Null (default): the column's own dimensions.
        /// </summary>
        public int[]? InputShape;

        /// <summary>
        /// Samples to validate on after every epoch, with the columns of the training set (where the trainer comes after other
        /// estimators in a chain: already transformed by them). Null (default): see <see cref="ValidationFraction"/>.
        /// </summary>
        public IDataView? ValidationSet;

        /// <summary>
        /// Share of the training set, 0 to below 1, that is kept for validation instead. Chosen by a hash of each row's content, so that
        /// the order of the rows does not matter and equal rows stay together. Default 0.
        /// </summary>
        public double ValidationFraction;

        /// <summary>
        /// Ends training when validation no longer improves. Null (default): all epochs are run, and the last one counts.
        /// </summary>
        public EarlyStopping? EarlyStopping;

        /// <summary>
        /// Folder for a checkpoint after every epoch: a run that was stopped, started again with the same options and data, continues from
        /// the last one and, on the CPU, ends with exactly the weights of a run that was not stopped, if <see cref="Seed"/>'s conditions
        /// are met; otherwise a warning says so. A finished run returns its model at once, without callbacks. No checkpoint is ever
        /// removed; where no seed is given, the folder keeps the one drawn first. Null (default): none.
        /// </summary>
        public string? CheckpointFolder;

        /// <summary>
        /// What to measure of the network after an epoch: firing, membrane potentials and gradients of each layer, and block isometry. It
        /// comes with <see cref="TrainingMetrics.Diagnostics"/> and changes nothing of the training. Null (default): nothing.
        /// </summary>
        public TrainingDiagnosticsOptions? Diagnostics;

        /// <summary>
        /// File for a report of the training, one HTML page without scripts: curves, firing rates, what <see cref="Diagnostics"/>
        /// measures, confusions of the validation set, options, data, machine, times and warnings. It is written after every epoch and at
        /// the end, also of a training that fails or is canceled; a browser left open shows the newest. Its folder is made, and a file
        /// that is there replaced, by every <c>Fit</c>. If it can no longer be written, training goes on with a warning. A run that
        /// continues from <see cref="CheckpointFolder"/> reports its earlier epochs too. Null (default): none.
        /// </summary>
        public string? ReportPath;

        /// <summary>
        /// Folder for TensorBoard, one for each run: scalars, and histograms of the parameters, after every epoch, in the folders
        /// <c>training</c> and <c>validation</c> inside. Null (default): none.
        /// </summary>
        public string? TensorBoardFolder;

        /// <summary>Called after every epoch on the training thread. Null (default): nothing.</summary>
        public Action<TrainingMetrics>? MetricsCallback;

        /// <summary>
        /// Told after every batch, on the training thread. (A <see cref="Progress{T}"/> passes it on to the thread that made it, or to
        /// any.) Null (default): nobody.
        /// </summary>
        public IProgress<TrainingProgress>? Progress;

        /// <summary>
        /// Memory, in MiB (units of 2^20 bytes), in which the samples may be kept after the first pass (8-bit images as bytes), 0 or more.
        /// A set that does not fit is read again every epoch. Default 1024.
        /// </summary>
        public int CacheMebibytes = 1024;

        /// <summary>
        /// What convolutions, and the matrix products of <see cref="TrainingOptimizer.Muon"/>, compute in. Default
        /// <see cref="TrainingPrecision.Float32"/>; for <see cref="TrainingPrecision.BFloat16"/> on a CPU that would be slower in it,
        /// <c>Fit</c> throws <see cref="NotSupportedException"/> unless <see cref="AllowEmulatedBFloat16"/> is set.
        /// </summary>
        public TrainingPrecision Precision = TrainingPrecision.Float32;

        /// <summary>
        /// Whether <see cref="TrainingPrecision.BFloat16"/> may be used on a CPU that has to emulate it, slower than float32: to repeat
        /// what a processor that computes in it did. Default false.
        /// </summary>
        public bool AllowEmulatedBFloat16;

        /// <summary>
        /// Whether float32 convolutions and matrix products on CUDA devices, from compute capability 8.0 on, may round their factors to
        /// TF32, 10 bits of fraction, and add in float32: several times as fast. On a CPU it changes nothing. Default true.
        /// </summary>
        public bool AllowTensorFloat32 = true;

        /// <summary>What is kept from the forward to the backward pass. Default <see cref="TrainingMemory.Store"/>.</summary>
        public TrainingMemory Memory = TrainingMemory.Store;

        /// <summary>
        /// Whether the trained model has 8-bit weights (see <see cref="SpikingNetwork.Quantize"/>): its zip has about a quarter of the
        /// size, and it scores faster, a little differently. Training itself is not affected. Default false.
        /// </summary>
        public bool Quantize;

        /// <summary>
        /// Whether the model's zip also holds what going on with the training needs: all weights before folding, and tdBN with its running
        /// statistics. <c>InitialNetwork.FromModel</c> then takes these instead of measuring statistics anew. The zip has about twice
        /// the size (five times with <see cref="Quantize"/>), and a loaded model takes as much more memory. Default false.
        /// </summary>
        public bool KeepTrainingState;

        /// <summary>
        /// Where to train: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>. Null (default): the GPU of <see cref="MLContext.GpuDeviceId"/> where
        /// that is set, the CPU otherwise.
        /// </summary>
        public string? Device;

        /// <summary>
        /// Seed of everything random. Null (default): drawn from the <see cref="MLContext"/>'s generator when the trainer is made. The same
        /// seed, options and data give the same model to the last bit on the CPU, with the same number of threads
        /// (<c>torch.get_num_threads</c>), kind of processor and version of TorchSharp: others add in another order.
        /// </summary>
        public int? Seed;

        /// <summary>
        /// The other processes of a data-parallel training: each of them, a rank, calls <c>Fit</c> with the same options and data, trains on
        /// its part of every batch and gets the same model. The package Microsoft.ML.Snn.Mpi has a communicator for processes that
        /// <c>mpirun</c> has started. It stays the caller's, for one training at a time. Rank 0 alone logs, calls back, validates, and
        /// writes reports and checkpoints. The same seed, options, data and number of ranks give the same model to the last bit, under the
        /// conditions of <see cref="Seed"/>. Null (default): this process trains alone.
        /// </summary>
        public TrainingCommunicator? Communicator;

        /// <summary>
        /// Whether tdBN normalizes by the whole batch rather than by the part that a rank has of it: then the number of ranks changes
        /// no more than rounding, for two small messages a layer. Where it does not, running statistics are the mean of the ranks' own.
        /// Default true; one rank alone has the whole batch in any case.
        /// </summary>
        public bool NormalizeOverRanks = true;

        /// <summary>
        /// What ranks send each other gradients in: <see cref="TrainingPrecision.BFloat16"/> halves the bytes and rounds each rank's
        /// gradients, and their sums, to 8 significant bits. Sums are float32 in any case. Default
        /// <see cref="TrainingPrecision.Float32"/>.
        /// </summary>
        public TrainingPrecision ExchangePrecision = TrainingPrecision.Float32;

        /// <summary>Stops the training within a batch; <c>Fit</c> then throws <see cref="OperationCanceledException"/>.</summary>
        public CancellationToken CancellationToken;

        internal void Validate()
        {
            ColumnCheck.Name(FeatureColumnName, nameof(FeatureColumnName));
            ColumnCheck.Name(LabelColumnName, nameof(LabelColumnName));
            ColumnCheck.OptionalName(ExampleWeightColumnName, nameof(ExampleWeightColumnName));
            ColumnCheck.OptionalName(TeacherScoreColumnName, nameof(TeacherScoreColumnName));
            Require(TeacherDistillation is null || TeacherScoreColumnName is not null, nameof(TeacherDistillation), TeacherDistillation,
                "needs TeacherScoreColumnName");
            ColumnCheck.Name(ScoreColumnName, nameof(ScoreColumnName));
            ColumnCheck.Name(PredictedLabelColumnName, nameof(PredictedLabelColumnName));
            ArgumentNullException.ThrowIfNull(Architecture);
            ArgumentNullException.ThrowIfNull(Neuron);
            ArgumentNullException.ThrowIfNull(Optimizer);
            ArgumentNullException.ThrowIfNull(Schedule);
            ArgumentNullException.ThrowIfNull(Loss);
            if (Device is not null)
                TrainingDevice.Parse(Device);
            Require(ScoreColumnName != PredictedLabelColumnName, nameof(PredictedLabelColumnName), PredictedLabelColumnName,
                "must differ from ScoreColumnName");
            Require(TimeSteps is null or >= 1, nameof(TimeSteps), TimeSteps, "must be at least 1");
            Require(Neuron.LearnDecay == NeuronLearning.None || Neuron.Decay is > 0 and < 1, nameof(Neuron), Neuron.Decay,
                "must have a Decay above 0 and below 1 for LearnDecay to begin at");
            Require(Epochs >= 1, nameof(Epochs), Epochs, "must be at least 1");
            Require(EarlyPhases?.Contains(null!) != true, nameof(EarlyPhases), null, "must not hold null");
            Require(Architecture.HeadPooling == 0 || EarlyPhases?.All(phase => phase.Scale == 1) != false, nameof(EarlyPhases),
                EarlyPhases?.FirstOrDefault(phase => phase.Scale != 1)?.Scale,
                "must leave Scale at 1 where the architecture's HeadPooling is not 0: such a network is for images of one size");
            long earlyEpochs = EarlyPhases?.Sum(phase => (long)phase.Epochs) ?? 0;
            Require(earlyEpochs < Epochs, nameof(EarlyPhases), earlyEpochs, "must have fewer epochs than Epochs");
            Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "must be at least 1");
            Require((float)LearningRate > 0 && float.IsFinite((float)LearningRate), nameof(LearningRate), LearningRate,
                "must be a finite number above 0, in float32 too");
            Require(Schedule.WarmupEpochs < Epochs, nameof(Schedule), Schedule.WarmupEpochs, "must warm up for fewer epochs than Epochs");
            Require(Enum.IsDefined(Precision), nameof(Precision), Precision, "is not a defined TrainingPrecision");
            Require(Enum.IsDefined(ExchangePrecision), nameof(ExchangePrecision), ExchangePrecision, "is not a defined TrainingPrecision");
            Require(Enum.IsDefined(Memory), nameof(Memory), Memory, "is not a defined TrainingMemory");
            Require(SynapticOperationPenalty >= 0 && float.IsFinite((float)SynapticOperationPenalty), nameof(SynapticOperationPenalty),
                SynapticOperationPenalty, "must be a finite number of 0 or more, in float32 too");
            Augmentation?.RandAugment?.Validate();
            Require(BatchSize >= 2 || !SampleMixing.IsAsked(Augmentation), nameof(BatchSize), BatchSize,
                "must be at least 2 where samples are mixed (MixupAlpha, CutMixAlpha)");
            RequireShare(LabelSmoothing, nameof(LabelSmoothing));
            RequireShare(WeightAverageDecay, nameof(WeightAverageDecay));
            RequireShare(ValidationFraction, nameof(ValidationFraction));
            Require(ValidationFraction == 0 || ValidationSet is null, nameof(ValidationFraction), ValidationFraction,
                "must be 0 where ValidationSet is given");
            Require(InputStatistics is null || NormalizeInput != false, nameof(InputStatistics), InputStatistics,
                "has no use where NormalizeInput is false: leave one of them unset");
            RequirePath(CheckpointFolder, nameof(CheckpointFolder), "a folder");
            RequirePath(ReportPath, nameof(ReportPath), "a file");
            RequirePath(TensorBoardFolder, nameof(TensorBoardFolder), "a folder");
            Require(CacheMebibytes >= 0, nameof(CacheMebibytes), CacheMebibytes, "must be 0 or more");
            Require(InputShape is null || InputShape.Length is 3 or 4 && InputShape.All(size => size > 0), nameof(InputShape),
                InputShape is null ? null : $"[{string.Join(", ", InputShape)}]", "must be [C, H, W] or [T, C, H, W], each at least 1");
        }

        private static void RequireShare(double value, string option) =>
            Require(value >= 0 && value < 1, option, value, "must be from 0 to below 1");

        private static void RequirePath(string? path, string option, string what) =>
            Require(path is null || !string.IsNullOrWhiteSpace(path), option, path, $"must name {what}");

        private static void Require(bool condition, string option, object? value, string rule)
        {
            if (!condition)
                throw new ArgumentOutOfRangeException(option, value, $"The option {option} {rule}.");
        }
    }
}
