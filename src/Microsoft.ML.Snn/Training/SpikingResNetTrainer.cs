using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Torch;
using Microsoft.ML.Snn.Training;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Reporting;
using Microsoft.ML.Snn.Training.Running;
using Microsoft.ML.Trainers;
using TorchSharp;

namespace Microsoft.ML.Snn;

/// <summary>
/// The <see cref="IEstimator{TTransformer}"/> that trains a deep spiking residual network to classify images, spike trains or event frames.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this trainer, use [SpikingResNet](xref:Microsoft.ML.SnnCatalog.SpikingResNet*).
///
/// ### Input and Output Columns
/// The label column must be a [key](xref:Microsoft.ML.Data.KeyDataViewType) of 2 to 65,536 classes. MapValueToKey makes one of the labels
/// that occur; Hash makes as many classes as its bits allow. Of a member with [KeyType(n)] the values count from 0 to n - 1, and ML.NET
/// takes any other for a missing label: numbers from 1 to n would lose their last class. Rows without a label are left out, with a warning
/// in the log. The feature column must be a known-sized vector of <xref:System.Single> with the dimensions [C, H, W] (a static image, as
/// ExtractPixels puts out with interleavePixelColors: false; it is presented at every time step) or [T, C, H, W] (a spike train or event
/// frames, one slice a step).
///
/// | Output Column Name | Column Type | Description |
/// | -- | -- | -- |
/// | `Score` | Vector of <xref:System.Single> | The probability of each class; they sum to 1. NaN throughout where a feature is not finite. |
/// | `PredictedLabel` | [key](xref:Microsoft.ML.Data.KeyDataViewType) | The class of the highest probability; ties go to the lowest index. |
///
/// ### Trainer Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Multiclass classification |
/// | Is normalization required? | No: the trainer normalizes images itself |
/// | Is caching required? | No: the trainer keeps what fits into its own, more compact, cache |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.Snn; to train also TorchSharp and libtorch-cpu-linux-x64, -win-x64 or -osx-arm64 (or a libtorch-cuda package); to score nothing more |
/// | Exportable to ONNX | Yes: the model |
///
/// ### Training Algorithm Details
/// STBP-tdBN: spatio-temporal backpropagation through leaky integrate-and-fire neurons with a surrogate gradient, and
/// threshold-dependent batch normalization, after Zheng, Wu, Deng, Hu and Li,
/// [Going Deeper With Directly-Trained Larger Spiking Neural Networks](https://arxiv.org/abs/2011.05280), AAAI-21. After training the
/// normalization is folded into weights and biases, and the model is scored by a managed engine that adds weights where spikes arrive.
/// With the same seed and data, training on the CPU of one machine gives the same model; the option Seed says what that depends on.
/// ]]>
/// </format>
/// </remarks>
public sealed partial class SpikingResNetTrainer
    : TrainerEstimatorBase<MulticlassPredictionTransformer<SpikingResNetModelParameters>, SpikingResNetModelParameters>,
        // Named again although the base has it: the base's methods are not virtual, and naming it re-implements it with ours.
        ITrainerEstimator<MulticlassPredictionTransformer<SpikingResNetModelParameters>, SpikingResNetModelParameters>
{
    private readonly Options _options;
    private readonly SeedSequence _seeds;
    private readonly bool _seedIsFree;

    internal SpikingResNetTrainer(IHostEnvironment env, Options options)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(SpikingResNetTrainer)),
            new SchemaShape.Column(
                Checked(options).FeatureColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false),
            TrainerUtils.MakeU4ScalarColumn(options.LabelColumnName),
            TrainerUtils.MakeR4ScalarWeightColumn(options.ExampleWeightColumnName))
    {
        _options = options.Snapshot();
        // Drawn now, so that every Fit of this trainer starts from the same seed, and two at once do not race for the generator.
        _seeds = new SeedSequence(_options.Seed ?? Host.Rand.Next());
        _seedIsFree = _options.Seed is null && (env as IHostEnvironmentInternal)?.Seed is null;
    }

    /// <summary>The trainer keeps a cache of its own and normalizes images itself.</summary>
    public override TrainerInfo Info { get; } = new(normalization: false, caching: false, supportValid: true);

    /// <inheritdoc/>
    protected override PredictionKind PredictionKind => PredictionKind.MulticlassClassification;

    /// <summary>The schema after the fitted transformer, for an input of schema <paramref name="inputSchema"/>.</summary>
    /// <param name="inputSchema">The schema of the data to be trained on.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, has the wrong type, or (the features, a teacher's scores) an unknown size.
    /// </exception>
    public new SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        if (_options.TeacherScoreColumnName is { } teacher)
        {
            ColumnCheck.Input(
                Host, inputSchema, teacher,
                column => column is { Kind: SchemaShape.Column.VectorKind.Vector, IsKey: false }
                    && column.ItemType == NumberDataViewType.Single,
                "Vector<Single> of known size", "teacher score");
        }
        return OutputSchema(inputSchema);
    }

    /// <summary>Trains a network.</summary>
    /// <param name="input">The training set.</param>
    /// <inheritdoc cref="Fit(IDataView, IDataView)" path="/exception"/>
    public new MulticlassPredictionTransformer<SpikingResNetModelParameters> Fit(IDataView input)
    {
        Host.CheckValue(input, nameof(input));
        CheckTrainingSchema(input);
        return base.Fit(input);
    }

    /// <summary>Trains a network on one view and validates it on another after every epoch.</summary>
    /// <param name="trainData">The training set.</param>
    /// <param name="validationData">The validation set, with the same columns; it needs no teacher's scores.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, has the wrong type or a shape that the architecture cannot take; there are fewer than two classes or more than
    /// 65,536; the two sets, or the classes of a teacher, do not match; the initial network has other layers or neurons than the options
    /// (the message names what differs); or the device does not exist.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// Validation is asked for twice, or early stopping without validation; or ReportPath or TensorBoardFolder cannot be written to.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// A set has no rows, a value, weight or teacher's score is not finite (the message names the row), the data changes from pass to
    /// pass, or training diverged: the loss is beyond all bounds, or a weight is no longer finite (the message names epoch and batch).
    /// </exception>
    /// <exception cref="InvalidDataException">The checkpoint to continue from is damaged.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// A batch does not fit into the device's memory; the message says what to lower.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// With other ranks: they have other data, options or versions (the message says what differs), or one of them has failed.
    /// </exception>
    /// <exception cref="OperationCanceledException">The training was canceled, on whatever rank.</exception>
    /// <exception cref="DllNotFoundException">TorchSharp's native libraries are absent; the message names the packages to add.</exception>
    public MulticlassPredictionTransformer<SpikingResNetModelParameters> Fit(IDataView trainData, IDataView validationData)
    {
        Host.CheckValue(trainData, nameof(trainData));
        Host.CheckValue(validationData, nameof(validationData));
        CheckTrainingSchema(trainData);
        OutputSchema(SchemaShape.Create(validationData.Schema));
        return TrainTransformer(trainData, validationData);
    }

    /// <inheritdoc/>
    protected override SpikingResNetModelParameters TrainModelCore(TrainContext trainContext)
    {
        using IChannel log = Host.Start("Training");
        using var ranks = RankGroup.Of(_options.Communicator);
        TrainingReports reports = ranks.IsFirst
            ? new(_options.ReportPath, _options.TensorBoardFolder, log) : new(null, null, new SilentChannel(log));
        try
        {
            SeedSequence seeds = AgreeOnSeed(ranks);
            (TrainingPlan plan, TrainingData data) = ranks.Together(() => Read(trainContext, ranks, seeds, reports));
            CheckAgreement(plan, data);
            ranks.OpenSecond();
            if (ranks.IsFirst)
                reports.Begin(Facts(plan, data));
            IReadOnlyDictionary<string, float[]> tensors = Train(plan, data, reports);
            SpikingNetwork network = ranks.Together(() => Fold(plan, data, tensors));
            reports.Finish();
            return new(
                Host, _options.Quantize ? network.Quantize() : network, _options.ScoreColumnName, _options.KeepTrainingState ? tensors : null);
        }
        catch (Exception e)
        {
            reports.Stop(e);
            ranks.Abandon(e);
            throw;
        }
    }

    /// <summary>Reads the data, once what can be known before is known to be right.</summary>
    private (TrainingPlan Plan, TrainingData Data) Read(
        TrainContext trainContext, RankGroup ranks, SeedSequence seeds, TrainingReports reports)
    {
        var columns = ExampleColumns.Of(trainContext.TrainingSet, ExampleSet.TrainingName, _options.InputShape, _options.Teacher);
        RoleMappedData? validationSet = ValidationSet(trainContext, columns);
        TrainingPlan plan = Plan(columns, reports.Channel, seeds, ranks);
        reports.Open();
        return (plan, TrainingData.Read(trainContext.TrainingSet, validationSet, plan.Reading, reports.Channel, CheckAlive));
    }

    /// <inheritdoc/>
    protected override MulticlassPredictionTransformer<SpikingResNetModelParameters> MakeTransformer(
        SpikingResNetModelParameters model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name, LabelColumn.Name, _options.ScoreColumnName, _options.PredictedLabelColumnName);

    /// <inheritdoc/>
    protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema)
    {
        bool found = inputSchema.TryFindColumn(LabelColumn.Name, out SchemaShape.Column label);
        Host.Assert(found);
        var score = new SchemaShape(AnnotationUtils.AnnotationsForMulticlassScoreColumn(label));
        var predictedLabel = new SchemaShape(label.Annotations
            .Where(annotation => annotation.Name == AnnotationUtils.Kinds.KeyValues)
            .Concat(AnnotationUtils.GetTrainerOutputAnnotation()));
        return
        [
            new(_options.ScoreColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, score),
            new(_options.PredictedLabelColumnName, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true, predictedLabel),
        ];
    }

    /// <summary>The schema after the fitted transformer, whose input needs no teacher's scores: nor do validation sets.</summary>
    private SchemaShape OutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        // The base class would say no more than that the types differ.
        if (inputSchema.TryFindColumn(FeatureColumn.Name, out SchemaShape.Column features)
            && features.Kind == SchemaShape.Column.VectorKind.VariableVector)
        {
            throw ColumnCheck.Unsuitable($"Feature column '{features.Name}' is a vector of unknown size. {SampleShape.HowToKnowSize}");
        }
        return base.GetOutputSchema(inputSchema);
    }

    private void CheckTrainingSchema(IDataView data) => GetOutputSchema(SchemaShape.Create(data.Schema));

    private static Options Checked(Options options)
    {
        MLNetVersion.Check();
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return options;
    }

    /// <summary>The validation set of its own, if there is one.</summary>
    private RoleMappedData? ValidationSet(TrainContext context, ExampleColumns columns)
    {
        bool inOptions = _options.ValidationSet is not null || _options.ValidationFraction > 0;
        if (context.ValidationSet is not null && inOptions)
        {
            throw new ArgumentException(
                "Fit was given a validation set, but so were the options: leave ValidationSet and ValidationFraction unset.",
                _options.ValidationSet is not null ? nameof(_options.ValidationSet) : nameof(_options.ValidationFraction));
        }
        if (context.ValidationSet is null && !inOptions && _options.EarlyStopping is not null)
        {
            throw new ArgumentException(
                "The option EarlyStopping needs validation: set ValidationSet or ValidationFraction.", nameof(_options.EarlyStopping));
        }
        RoleMappedData? data = context.ValidationSet ?? (_options.ValidationSet is { } view ? MakeCheckedRoles(view) : null);
        if (data is not null)
            columns.CheckValidation(ExampleColumns.Of(data, ExampleSet.ValidationName, _options.InputShape));
        return data;
    }

    private RoleMappedData MakeCheckedRoles(IDataView validationSet)
    {
        // The same check, and the same message, as for the training set.
        OutputSchema(SchemaShape.Create(validationSet.Schema));
        return MakeRoles(validationSet);
    }

    /// <summary>The seed of a run that is alone.</summary>
    private SeedSequence Seeds() => _seedIsFree && _options.CheckpointFolder is { } folder
        ? new SeedSequence(CheckpointFolder.FindSeed(folder, _seeds.Seed))
        : _seeds;

    private TrainingPlan Plan(ExampleColumns columns, IChannel channel, SeedSequence seeds, RankGroup ranks)
    {
        // Options that do not suit the columns are told of before TorchSharp's libraries, and those before any row is read.
        IReadOnlyList<PhasePlan> phases = _options.Phases(columns);
        InitialNetworkFit? initial = _options.Fit(columns, phases);
        TorchNatives.EnsureLoaded();
        torch.Device device = TrainingDevice.Choose(_options.Device, Host, channel);
        if (device.type == DeviceType.CPU && !_options.AllowEmulatedBFloat16)
            BFloat16Support.Check(_options.Precision);
        return _options.Plan(columns, phases, initial, seeds, device, ranks);
    }

    /// <summary>The trained network's tensors.</summary>
    private IReadOnlyDictionary<string, float[]> Train(TrainingPlan plan, TrainingData data, TrainingReports reports)
    {
        IChannel channel = reports.Channel;
        CheckpointFolder? checkpoints = plan.Ranks.Together(() => _options.CheckpointFolder is { } folder && plan.Ranks.IsFirst
            ? new CheckpointFolder(folder, Identity(plan, data), channel, plan.Ranks.Size) : null);
        using var mode = new TorchTrainingMode(plan.Device, plan.AllowTensorFloat32);
        channel.Info(FormattableString.Invariant(
            $"{_options.Architecture.Name}, {plan.Network.ParameterCount:N0} parameters, T = {plan.TimeSteps}: {data.Count} samples ")
            + $"{plan.Shape} of {plan.Network.Classes} classes, on {plan.Device} in {plan.Precision}"
            + (plan.Ranks.IsAlone ? "" : $", by {plan.Ranks.Size} ranks"));
        using var run = new TrainingRun(plan, data, checkpoints, reports, Host);
        return WithMemoryAdvice(run.Train, plan);
    }

    /// <exception cref="InsufficientMemoryException">The action needs more memory than there is.</exception>
    private static T WithMemoryAdvice<T>(Func<T> action, TrainingPlan plan)
    {
        try
        {
            return action();
        }
        // Torch throws nothing more specific.
        catch (ExternalException e) when (e.Message.Contains("memory", StringComparison.OrdinalIgnoreCase))
        {
            throw new InsufficientMemoryException(
                $"There is not enough memory to train on {plan.Device}. Lower BatchSize or TimeSteps, use smaller images, or set Memory to "
                + "Recompute.", e);
        }
    }

    private static SpikingNetwork Fold(TrainingPlan plan, TrainingData data, IReadOnlyDictionary<string, float[]> tensors)
    {
        var trained = new TrainedNetwork
        {
            Plan = plan.Network,
            Neuron = plan.Neuron,
            Tensors = tensors,
            TimeSteps = plan.TimeSteps,
            InputHasTimeSteps = plan.Shape.Slices is not null,
            InputNormalization = data.Normalization,
            Labels = plan.Reading.Columns.Labels,
        };
        try
        {
            return new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(trained)));
        }
        catch (InvalidDataException e)
        {
            // Weights that are finite by themselves may not be so once folded.
            throw TrainingRun.Diverged($"the trained network cannot be folded ({e.Message.TrimEnd('.')})", e);
        }
    }

    private void CheckAlive()
    {
        _options.CancellationToken.ThrowIfCancellationRequested();
        Host.CheckAlive();
    }
}
