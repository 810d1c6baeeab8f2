using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
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
/// | Exportable to ONNX | No |
///
/// ### Training Algorithm Details
/// STBP-tdBN: spatio-temporal backpropagation through leaky integrate-and-fire neurons with a rectangular surrogate gradient, and
/// threshold-dependent batch normalization, after Zheng, Wu, Deng, Hu and Li,
/// [Going Deeper With Directly-Trained Larger Spiking Neural Networks](https://arxiv.org/abs/2011.05280), AAAI-21. After training the
/// normalization is folded into weights and biases, and the model is scored by a managed engine that adds weights where spikes arrive.
/// With the same seed and data, training on the CPU of one machine gives the same model; the option Seed says what that depends on.
/// ]]>
/// </format>
/// </remarks>
public sealed partial class SpikingResNetTrainer
    : TrainerEstimatorBase<MulticlassPredictionTransformer<SpikingResNetModelParameters>, SpikingResNetModelParameters>,
        ITrainerEstimator<MulticlassPredictionTransformer<SpikingResNetModelParameters>, SpikingResNetModelParameters>
{
    private const string SameKeys = "Transform both with the same fitted MapValueToKey.";
    private const string TrainingSetName = "the training set";
    private const string ValidationSetName = "the validation set";

    private readonly Options _options;
    private readonly SeedSequence _seeds;
    private readonly bool _seedIsFree;

    internal SpikingResNetTrainer(IHostEnvironment env, Options options)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(SpikingResNetTrainer)),
            new SchemaShape.Column(Checked(options).FeatureColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false),
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
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, has the wrong type, or (the features) an unknown size.</exception>
    public new SchemaShape GetOutputSchema(SchemaShape inputSchema)
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

    /// <summary>Trains a network.</summary>
    /// <param name="input">The training set.</param>
    /// <inheritdoc cref="Fit(IDataView, IDataView)" path="/exception"/>
    public new MulticlassPredictionTransformer<SpikingResNetModelParameters> Fit(IDataView input)
    {
        Host.CheckValue(input, nameof(input));
        GetOutputSchema(SchemaShape.Create(input.Schema));
        return base.Fit(input);
    }

    /// <summary>Trains a network on one view and validates it on another after every epoch.</summary>
    /// <param name="trainData">The training set.</param>
    /// <param name="validationData">The validation set, with the same columns.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, has the wrong type or a shape that the architecture cannot take; there are fewer than two classes or more than
    /// 65,536; or the two sets do not match.
    /// </exception>
    /// <exception cref="ArgumentException">Validation is asked for twice, or the device does not exist.</exception>
    /// <exception cref="InvalidOperationException">
    /// A set has no rows, a value or weight is not finite (the message names the row), the data changes from pass to pass, or training
    /// diverged: the loss is beyond all bounds, or a weight is no longer finite (the message names epoch and batch).
    /// </exception>
    /// <exception cref="InvalidDataException">The checkpoint to continue from is damaged.</exception>
    /// <exception cref="InsufficientMemoryException">A batch does not fit into the device's memory; the message says what to lower.</exception>
    /// <exception cref="OperationCanceledException">The training was canceled.</exception>
    /// <exception cref="DllNotFoundException">TorchSharp's native libraries are absent; the message names the packages to add.</exception>
    public MulticlassPredictionTransformer<SpikingResNetModelParameters> Fit(IDataView trainData, IDataView validationData)
    {
        Host.CheckValue(trainData, nameof(trainData));
        Host.CheckValue(validationData, nameof(validationData));
        GetOutputSchema(SchemaShape.Create(trainData.Schema));
        GetOutputSchema(SchemaShape.Create(validationData.Schema));
        return TrainTransformer(trainData, validationData);
    }

    /// <inheritdoc/>
    protected override SpikingResNetModelParameters TrainModelCore(TrainContext trainContext)
    {
        using IChannel channel = Host.Start("Training");
        RoleMappedData data = trainContext.TrainingSet;
        DataViewSchema.Column labelColumn = data.Schema.Label!.Value;
        SampleShape shape = SampleShape.Of(data.Schema.Feature!.Value, _options.InputShape);
        int timeSteps = shape.ResolveTimeSteps(_options.TimeSteps);
        _options.Augmentation?.Check(shape);
        int classes = LabelKeys.Count(data, TrainingSetName);
        LabelValues? labels = LabelAnnotations.Read(labelColumn);
        IReadOnlyList<PhasePlan> phases = PhasePlan.Of(_options, shape, timeSteps, classes);
        NetworkPlan plan = phases[^1].Network;
        SeedSequence seeds = _seedIsFree && _options.CheckpointFolder is { } seedFolder
            ? new SeedSequence(CheckpointFolder.FindSeed(seedFolder, _seeds.Seed))
            : _seeds;
        ExampleSet? validationSet = ValidationSet(trainContext, shape, labels, classes, seeds, out ExampleSet trainingSet);
        TorchNatives.EnsureLoaded();
        torch.Device device = TrainingDevice.Choose(_options.Device, Host, channel);
        if (device.type == DeviceType.CPU)
            BFloat16Support.Check(_options.Precision);

        // The training set's samples come first for the cache: they are read far more often.
        long cacheBytes = (long)_options.CacheMegabytes << 20;
        ExampleSurvey training = ExampleSurvey.Of(trainingSet, classes, cacheBytes, channel, CheckAlive);
        LabelKeys.WarnOfUnusedKeys(labelColumn, training.ClassCounts, channel);
        (float[], float[])? normalization = _options.NormalizeInput ?? shape.Slices is null ? training.Normalization(trainingSet.FeatureColumnName) : null;
        var preparation = new SamplePreparation(shape, normalization, _options.Augmentation);
        var trainingBatches = new BatchSource(trainingSet, training, preparation, _options.BatchSize, cacheBytes, seeds);
        cacheBytes = Math.Max(0, cacheBytes - (training.Store?.Bytes ?? trainingBatches.PoolBytes));

        ExampleSurvey? validation = validationSet is null ? null : ExampleSurvey.Of(validationSet, classes, cacheBytes, channel, CheckAlive);
        BatchSource? validationBatches = validation is null
            ? null
            : new BatchSource(validationSet!, validation, preparation, _options.BatchSize, cacheBytes, seeds: null);

        CheckpointFolder? checkpoints = _options.CheckpointFolder is { } folder
            ? new CheckpointFolder(
                folder, RunIdentity.Of(_options, shape, timeSteps, classes, seeds, device.ToString(), training, trainingBatches, validation), channel)
            : null;

        using DisposeScope scope = torch.NewDisposeScope();
        // The caller may have turned gradients off for this thread, in either of torch's ways.
        using IDisposable tracking = torch.inference_mode(false);
        using IDisposable gradients = torch.enable_grad();
        using IDisposable? tensorFloat32 = device.type == DeviceType.CUDA ? _options.Precision.UseTensorFloat32() : null;
        channel.Info(FormattableString.Invariant(
            $"{_options.Architecture.Name}, {plan.ParameterCount:N0} parameters, T = {timeSteps}: {training.Count} samples {shape} of ")
            + $"{classes} classes, on {device} in {_options.Precision}");
        IReadOnlyDictionary<string, float[]> tensors;
        try
        {
            using var run = new TrainingRun(
                _options, shape, phases, seeds.Initialization, device, trainingBatches, validationBatches, checkpoints, Host, channel);
            tensors = run.Train();
        }
        // Torch throws nothing more specific.
        catch (ExternalException e) when (e.Message.Contains("memory", StringComparison.OrdinalIgnoreCase))
        {
            throw new InsufficientMemoryException(
                $"There is not enough memory to train on {device}. Lower BatchSize or TimeSteps, use smaller images, or set Memory to Recompute.", e);
        }
        var trained = new TrainedNetwork
        {
            Plan = plan,
            Neuron = _options.Neuron,
            Tensors = tensors,
            TimeSteps = timeSteps,
            InputHasTimeSteps = shape.Slices is not null,
            InputNormalization = normalization,
            Labels = labels,
        };
        SpikingNetwork folded;
        try
        {
            folded = new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(trained)));
        }
        catch (InvalidDataException e)
        {
            // Weights that are finite by themselves may not be so once folded.
            throw TrainingRun.Diverged($"the trained network cannot be folded ({e.Message.TrimEnd('.')})", e);
        }
        return new SpikingResNetModelParameters(Host, _options.Quantize ? folded.Quantize() : folded, _options.ScoreColumnName);
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

    private static Options Checked(Options options)
    {
        MLNetVersion.Check();
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return options;
    }

    private ExampleSet? ValidationSet(
        TrainContext context, SampleShape shape, LabelValues? labels, int classes, SeedSequence seeds, out ExampleSet trainingSet)
    {
        trainingSet = new ExampleSet(context.TrainingSet, shape, TrainingSetName);
        if (context.ValidationSet is not null && (_options.ValidationSet is not null || _options.ValidationFraction != 0))
            throw new ArgumentException("Fit was given a validation set, but so were the options: leave ValidationSet and ValidationFraction unset.");
        RoleMappedData? data = context.ValidationSet ?? (_options.ValidationSet is { } view ? MakeCheckedRoles(view) : null);
        if (data is null)
        {
            if (_options.ValidationFraction == 0)
            {
                return _options.EarlyStopping is null
                    ? null
                    : throw new ArgumentException("The option EarlyStopping needs validation: set ValidationSet or ValidationFraction.");
            }
            ExampleSet split = trainingSet with { ValidationFraction = _options.ValidationFraction, SplitSeed = seeds.Split };
            trainingSet = split with { Part = ExamplePart.Training };
            return split with { Part = ExamplePart.Validation, Name = ValidationSetName };
        }
        SampleShape validationShape = SampleShape.Of(data.Schema.Feature!.Value, _options.InputShape);
        if (validationShape != shape)
            throw ColumnCheck.Unsuitable($"The validation set's samples have shape {validationShape}, the training set's {shape}.");
        int validationClasses = LabelKeys.Count(data, ValidationSetName);
        if (validationClasses != classes)
        {
            throw ColumnCheck.Unsuitable(
                $"The validation set's label column has {validationClasses} classes, the training set's {classes}. {SameKeys}");
        }
        if (labels is not null && LabelAnnotations.Read(data.Schema.Label!.Value) is { } others && !labels.SequenceEqual(others))
        {
            int first = labels.Zip(others).TakeWhile(pair => pair.First == pair.Second).Count();
            throw ColumnCheck.Unsuitable(
                $"Class {first + 1} is '{labels[first]}' in the training set's label column, but '{others[first]}' in the validation set's. {SameKeys}");
        }
        return new ExampleSet(data, shape, ValidationSetName);
    }

    private RoleMappedData MakeCheckedRoles(IDataView validationSet)
    {
        // The same check, and the same message, as for the training set.
        GetOutputSchema(SchemaShape.Create(validationSet.Schema));
        return MakeRoles(validationSet);
    }

    private void CheckAlive()
    {
        _options.CancellationToken.ThrowIfCancellationRequested();
        Host.CheckAlive();
    }
}
