using Microsoft.ML.Data;
using Microsoft.ML.Snn.Torch;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.Running;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Bad input: a specific message, before any training.</summary>
public class TrainerInputTests
{
    private readonly MLContext _context = new(seed: 1);

    public static TheoryData<string, Action<SpikingResNetTrainer.Options>> BadOptions => new()
    {
        { "TimeSteps", options => options.TimeSteps = 0 },
        { "Epochs", options => options.Epochs = 0 },
        { "BatchSize", options => options.BatchSize = 0 },
        { "LearningRate", options => options.LearningRate = -1 },
        { "LearningRate", options => options.LearningRate = double.NaN },
        { "Momentum", options => options.Optimizer = TrainingOptimizer.StochasticGradientDescent(momentum: 1) },
        { "Momentum", options => options.Optimizer = TrainingOptimizer.Muon() with { Momentum = double.NaN } },
        { "WeightDecay", options => options.Optimizer = TrainingOptimizer.Muon(weightDecay: -1) },
        { "WeightDecay", options => options.Optimizer = TrainingOptimizer.StochasticGradientDescent(weightDecay: 1e300) },
        { "Schedule", options => options.Schedule = LearningRateSchedule.Cosine(warmupEpochs: 6) },
        { "WarmupEpochs", options => options.Schedule = LearningRateSchedule.Cosine(warmupEpochs: -1) },
        { "LabelSmoothing", options => options.LabelSmoothing = 1 },
        { "WeightAverageDecay", options => options.WeightAverageDecay = 1 },
        { "EarlyPhases", options => options.EarlyPhases = [new(4), new(2)] },
        { "EarlyPhases", options => options.EarlyPhases = [new(int.MaxValue), new(int.MaxValue)] },
        { "EarlyPhases", options => options.EarlyPhases = [null!] },
        { "Epochs", options => options.EarlyPhases = [new(0)] },
        { "TimeSteps", options => options.EarlyPhases = [new(1, timeSteps: 0)] },
        { "Scale", options => options.EarlyPhases = [new(1, scale: 1.5)] },
        { "HeadPooling", options => options.Architecture = options.Architecture with { HeadPooling = -1 } },
        { "EarlyPhases", options =>
            (options.Architecture, options.EarlyPhases) = (options.Architecture with { HeadPooling = 2 }, [new(1, 1), new(1, scale: 0.5)]) },
        { "Memory", options => options.Memory = (TrainingMemory)99 },
        { "Precision", options => options.Precision = (TrainingPrecision)99 },
        { "regularization", options => options.Loss = SpikingLoss.TemporalEfficientTraining(regularization: 1) },
        { "regularization", options => options.Loss = SpikingLoss.TemporalEfficientTraining(regularization: double.NaN) },
        { "target", options => options.Loss = SpikingLoss.TemporalEfficientTraining(target: 1e300) },
        { "Weight", options => options.SelfDistillation = new(weight: 0) },
        { "Weight", options => options.SelfDistillation = new() { Weight = double.NaN } },
        { "Temperature", options => options.SelfDistillation = new(temperature: -1) },
        { "Temperature", options => options.SelfDistillation = new(temperature: 1e300) },
        { "Weight", options => options.TeacherDistillation = new(weight: -1) },
        { "Temperature", options => options.TeacherDistillation = new() { Temperature = 0 } },
        { "ScoreKind", options => options.TeacherDistillation = new(scoreKind: (TeacherScoreKind)2) },
        { "TeacherDistillation", options => options.TeacherDistillation = new() },
        { "TeacherScoreColumnName", options => options.TeacherScoreColumnName = " " },
        { "SynapticOperationPenalty", options => options.SynapticOperationPenalty = -1 },
        { "SynapticOperationPenalty", options => options.SynapticOperationPenalty = double.NaN },
        { "ValidationFraction", options => options.ValidationFraction = 1 },
        { "CacheMebibytes", options => options.CacheMebibytes = -1 },
        { "InputShape", options => options.InputShape = [3, 8] },
        { "InputShape", options => options.InputShape = [3, 0, 8] },
        { "Decay", options => options.Neuron = new() { Decay = 2 } },
        { "Threshold", options => options.Neuron = new() { Threshold = 0 } },
        { "SurrogateWidth", options => options.Neuron = new() { SurrogateWidth = 0 } },
        { "Surrogate", options => options.Neuron = new() { Surrogate = (SurrogateShape)3 } },
        { "LearnDecay", options => options.Neuron = new() { LearnDecay = (NeuronLearning)3 } },
        { "LearnThreshold", options => options.Neuron = new() { LearnThreshold = (NeuronLearning)(-1) } },
        { "Neuron", options => options.Neuron = new() { Decay = 0, LearnDecay = NeuronLearning.PerLayer } },
        { "Neuron", options => options.Neuron = new() { Decay = 1, LearnDecay = NeuronLearning.PerChannel } },
        { "CropPadding", options => options.Augmentation = new() { CropPadding = -1 } },
        { "Patience", options => options.EarlyStopping = new(patience: 0) },
        { "MinimumGain", options => options.EarlyStopping = new(minimumGain: -1) },
        { "Stages", options => options.Architecture = options.Architecture with { Stages = [] } },
        { "Stages", options => options.Architecture = options.Architecture with { Stages = [null!] } },
        { "Block", options => options.Architecture = options.Architecture with { Block = (SpikingBlockKind)9 } },
        { "HiddenUnits", options => options.Architecture = options.Architecture with { HiddenUnits = -1 } },
        { "Width", options => options.Architecture = options.Architecture with { Stem = new(0) } },
        { "Kernel", options => options.Architecture = options.Architecture with { Stem = new(8, kernel: 4) } },
        { "Blocks", options => options.Architecture = options.Architecture with { Stages = [new(0, 8)] } },
        { "Stride", options => options.Architecture = options.Architecture with { Stages = [new(1, 8, stride: 0)] } },
        { "Device", options => options.Device = "tpu" },
        { "EventDrop", options => options.Augmentation = new() { EventDrop = double.NaN } },
        { "SpatialJitter", options => options.Augmentation = new() { SpatialJitter = double.NaN } },
        { "TimeJitter", options => options.Augmentation = new() { TimeJitter = -1 } },
        { "CheckpointFolder", options => options.CheckpointFolder = " " },
        { "CutoutSize", options => options.Augmentation = new() { CutoutSize = -1 } },
        { "Count", options => options.Augmentation = new() { RandAugment = new() { Count = 0 } } },
        { "Magnitude", options => options.Augmentation = new() { RandAugment = new() { Magnitude = 31 } } },
        { "Operations", options => options.Augmentation = new() { RandAugment = new() { Operations = 0 } } },
        { "Operations", options => options.Augmentation = new() { RandAugment = new() { Operations = (PictureOperations)(1 << 14) } } },
        { "Black", options => options.Augmentation = new() { RandAugment = new() { Black = double.NaN } } },
        { "White", options => options.Augmentation = new() { RandAugment = new() { White = 1e300 } } },
        { "White", options => options.Augmentation = new() { RandAugment = new() { Black = 255 } } },
        { "MixupAlpha", options => options.Augmentation = new() { MixupAlpha = -0.1 } },
        { "CutMixAlpha", options => options.Augmentation = new() { CutMixAlpha = double.PositiveInfinity } },
        { "MixingProbability", options => options.Augmentation = new() { MixingProbability = 0 } },
        { "BatchSize", options => (options.BatchSize, options.Augmentation) = (1, new() { MixupAlpha = 1 }) },
        { "BatchSize", options => (options.BatchSize, options.Augmentation) = (1, new() { CutMixAlpha = 1 }) },
        { "EventNoise", options => options.Augmentation = new() { EventNoise = 1.1 } },
        { "TimeDrop", options => options.Augmentation = new() { TimeDrop = 1 } },
        { "AreaDrop", options => options.Augmentation = new() { AreaDrop = double.NaN } },
        { "PredictedLabelColumnName", options => options.PredictedLabelColumnName = "Score" },
        { "ExampleWeightColumnName", options => options.ExampleWeightColumnName = "" },
        { "FeatureColumnName", options => options.FeatureColumnName = "" },
        { "LabelColumnName", options => options.LabelColumnName = " " },
        { "ScoreColumnName", options => options.ScoreColumnName = null! },
        { "PredictedLabelColumnName", options => options.PredictedLabelColumnName = "" },
    };

    [Theory]
    [MemberData(nameof(BadOptions), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_range_is_named_when_the_trainer_is_made(string option, Action<SpikingResNetTrainer.Options> set)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        var e = Assert.Throws<ArgumentOutOfRangeException>(() =>
        {
            set(options);
            _context.MulticlassClassification.Trainers.SpikingResNet(options);
        });
        Assert.Equal(option, e.ParamName);
    }

    public static TheoryData<string, Action<SpikingResNetTrainer.Options>> Nulls => new()
    {
        { "Architecture", options => options.Architecture = null! },
        { "Stem", options => options.Architecture = options.Architecture with { Stem = null! } },
        { "Name", options => options.Architecture = options.Architecture with { Name = null! } },
        { "Neuron", options => options.Neuron = null! },
        { "Optimizer", options => options.Optimizer = null! },
        { "Schedule", options => options.Schedule = null! },
        { "Loss", options => options.Loss = null! },
    };

    [Theory]
    [MemberData(nameof(Nulls), DisableDiscoveryEnumeration = true)]
    public void An_option_that_is_null_but_must_not_be_is_named_too(string option, Action<SpikingResNetTrainer.Options> set)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        Assert.Equal(option, Assert.Throws<ArgumentNullException>(() =>
        {
            set(options);
            _context.MulticlassClassification.Trainers.SpikingResNet(options);
        }).ParamName);
    }

    [Fact]
    public void An_unknown_device_is_named() =>
        Assert.Contains("'tpu'", Fails<ArgumentOutOfRangeException>(TinyImages.Rows(2), options => options.Device = "tpu"));

    [Fact]
    public void A_missing_GPU_is_said_to_be_missing_unless_the_CPU_will_do()
    {
        if (TorchSharp.torch.cuda.is_available())
            Assert.Skip("This machine has a GPU.");
        Assert.Contains("TorchSharp-cuda", Fails<ArgumentOutOfRangeException>(TinyImages.Rows(2), options => options.Device = "cuda:0"));
        _context.FallbackToCpu = true;
        _context.GpuDeviceId = 0;
        TinyImages.Pipeline(_context, TinyImages.Options(epochs: 1)).Fit(TinyImages.View(_context, 2));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_pixel_that_is_not_finite_is_named_by_row_and_index(float value)
    {
        TinyImages.Row[] rows = TinyImages.Rows(3);
        rows[5].Features[17] = value;
        string message = Fails<InvalidOperationException>(rows, _ => { });
        Assert.Contains("Row 5 ", message);
        Assert.Contains("'Features'", message);
        Assert.Contains("index 17", message);
    }

    [Fact]
    public void A_bad_weight_is_named_by_row()
    {
        TinyImages.Row[] rows = TinyImages.Rows(3);
        rows[4].Weight = -1;
        string message = Fails<InvalidOperationException>(rows, options => options.ExampleWeightColumnName = nameof(TinyImages.Row.Weight));
        Assert.Contains("Row 4 ", message);
        Assert.Contains("'Weight'", message);
    }

    [Theory]
    [InlineData("Missing")]
    [InlineData(nameof(TinyImages.Row.Name))]
    public void A_weight_column_that_is_missing_or_no_number_is_refused_from_the_schema_on(string column)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.ExampleWeightColumnName = column;
        SpikingResNetTrainer trainer = _context.MulticlassClassification.Trainers.SpikingResNet(options);
        IDataView data = Keyed(TinyImages.Rows(2));
        Assert.Contains($"'{column}'", Assert.Throws<ArgumentOutOfRangeException>(() => trainer.GetOutputSchema(SchemaShape.Create(data.Schema))).Message);
        Assert.Contains($"'{column}'", Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(data)).Message);
    }

    [Fact]
    public void Black_images_are_counted_and_the_first_is_named()
    {
        var log = new List<string>();
        _context.Log += (_, e) => log.Add(e.Message);
        TinyImages.Row[] rows = TinyImages.Rows(3);
        rows[3].Features = new float[TinyImages.Length];
        rows[7].Features = new float[TinyImages.Length];
        TinyImages.Pipeline(_context, TinyImages.Options(epochs: 1)).Fit(_context.Data.LoadFromEnumerable(rows));
        Assert.Contains(log, message => message.Contains("2 of 9 samples") && message.Contains("row 3") && message.Contains("ExtractPixels"));
    }

    [Fact]
    public void A_sample_that_is_NaN_throughout_is_said_to_be_missing()
    {
        TinyImages.Row[] rows = TinyImages.Rows(3);
        rows[4].Features = [.. Enumerable.Repeat(float.NaN, TinyImages.Length)];
        string message = Fails<InvalidOperationException>(rows, _ => { });
        Assert.Contains("Row 4 of feature column 'Features' is missing", message);
        Assert.DoesNotContain("AccumulateEvents", message);
    }

    [Fact]
    public void An_image_too_small_for_the_architecture_names_the_stage()
    {
        string message = Fails<ArgumentOutOfRangeException>(TinyImages.Rows(2), options => options.Architecture = SpikingResNetArchitecture.ResNet34.WithWidth(0.125));
        Assert.Contains("stage 3", message);
        Assert.Contains("below 1x1", message);
    }

    [Fact]
    public void A_validation_set_with_other_classes_is_refused()
    {
        IDataView two = _context.Data.LoadFromEnumerable(TinyImages.Rows(3).Where(row => row.Name != "row"));
        IDataView validation = _context.Transforms.Conversion.MapValueToKey("Label", nameof(TinyImages.Row.Name)).Fit(two).Transform(two);
        string message = Fails<ArgumentOutOfRangeException>(TinyImages.Rows(3), options => options.ValidationSet = validation);
        Assert.Contains("same fitted MapValueToKey", message);
    }

    [Fact]
    public void A_validation_fraction_that_leaves_nothing_is_refused() =>
        Assert.Contains(
            "ValidationFraction", Fails<InvalidOperationException>(TinyImages.Rows(1), options => options.ValidationFraction = 1e-9));

    [Fact]
    public void Validation_given_twice_is_refused()
    {
        IDataView data = Keyed(TinyImages.Rows(2));
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.ValidationFraction = 0.5;
        var e = Assert.Throws<ArgumentException>(() => _context.MulticlassClassification.Trainers.SpikingResNet(options).Fit(data, data));
        Assert.Contains("ValidationFraction", e.Message);
        Assert.Equal("ValidationFraction", e.ParamName);
    }

    [Fact]
    public void A_validation_set_whose_keys_mean_other_classes_is_refused()
    {
        // In the order of their rows, and these rows are in another one.
        IDataView validation = _context.Data.LoadFromEnumerable(TinyImages.Rows(2).Reverse());
        validation = _context.Transforms.Conversion.MapValueToKey("Label", nameof(TinyImages.Row.Name)).Fit(validation).Transform(validation);
        string message = Fails<ArgumentOutOfRangeException>(TinyImages.Rows(2), options => options.ValidationSet = validation);
        Assert.Contains("Class 1 is 'column'", message);
        Assert.Contains("'square'", message);
    }

    [Fact]
    public void Features_of_unknown_size_are_refused_with_what_to_do()
    {
        IDataView data = _context.Data.LoadFromEnumerable(new[] { new Loose { Features = [1, 2], Label = 1 } });
        SpikingResNetTrainer trainer = _context.MulticlassClassification.Trainers.SpikingResNet(TinyImages.Options());
        Assert.Contains("ResizeImages", Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(data)).Message);
        IEstimator<ITransformer> chain = _context.Transforms.CopyColumns("Copy", "Label").Append(trainer);
        Assert.Contains("ResizeImages", Assert.Throws<ArgumentOutOfRangeException>(() => chain.Fit(data)).Message);
    }

    [Fact]
    public void An_architecture_too_large_is_named()
    {
        string message = Fails<ArgumentOutOfRangeException>(
            TinyImages.Rows(2), options => options.Architecture = options.Architecture with { HiddenUnits = int.MaxValue });
        Assert.Contains("'Architecture'", message);
        Assert.Contains("the hidden layer", message);
    }

    [Fact]
    public void A_picture_that_is_missing_is_named()
    {
        using var folder = new TemporaryFolder();
        using (MLImage image = MLImage.CreateFromPixels(8, 8, MLPixelFormat.Bgra32, new byte[8 * 8 * 4]))
            image.Save(folder.File("there.png"));
        IDataView data = _context.Data.LoadFromEnumerable(
            new[] { "there.png", "there.png", "missing.png" }.Select((file, i) => new Pictured { Path = folder.File(file), Name = $"{i}" }));
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Label", "Name")
            .Append(_context.Transforms.LoadImages("Image", "", "Path"))
            .Append(_context.Transforms.ResizeImages("Image", 8, 8))
            .Append(_context.Transforms.ExtractPixels("Features", "Image"))
            .Append(_context.MulticlassClassification.Trainers.SpikingResNet(TinyImages.Options()));
        var e = Assert.Throws<InvalidOperationException>(() => pipeline.Fit(data));
        Assert.Contains("Reading the training set failed", e.Message);
        Assert.Contains("missing.png", e.Message);
    }

    [Fact]
    public void A_rate_that_makes_the_loss_explode_is_reported_with_what_to_do() =>
        Assert.Contains("Lower LearningRate", Fails<InvalidOperationException>(TinyImages.Rows(20), options => options.LearningRate = 1e30));

    [Fact]
    public void Data_ordered_by_class_that_can_neither_be_shuffled_nor_kept_is_warned_of()
    {
        var log = new List<string>();
        _context.Log += (_, e) => log.Add(e.Message);
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        options.CacheMebibytes = 0;
        options.BatchSize = 4;
        TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 20));
        Assert.Contains(log, message => message.Contains("one class only"));
    }

    [Fact]
    public void BFloat16_trains_anywhere_if_told_so_and_is_else_refused_on_processors_without_it()
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        options.Device = "cpu";
        options.Precision = TrainingPrecision.BFloat16;
        options.AllowEmulatedBFloat16 = true;
        TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 4));
        options.AllowEmulatedBFloat16 = false;
        IEstimator<ITransformer> pipeline = TinyImages.Pipeline(_context, options);
        if (BFloat16Support.IsNative)
            pipeline.Fit(TinyImages.View(_context, 4));
        else
            Assert.Contains("AllowEmulatedBFloat16", Assert.Throws<NotSupportedException>(() => pipeline.Fit(TinyImages.View(_context, 4))).Message);
    }

    private sealed class Loose
    {
        public float[] Features { get; set; } = [];

        [KeyType(3)]
        public uint Label { get; set; }
    }

    private sealed class Pictured
    {
        public string Path { get; set; } = "";

        public string Name { get; set; } = "";
    }

    private IDataView Keyed(TinyImages.Row[] rows)
    {
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        return _context.Transforms.Conversion.MapValueToKey("Label", nameof(TinyImages.Row.Name)).Fit(data).Transform(data);
    }

    private string Fails<TException>(TinyImages.Row[] rows, Action<SpikingResNetTrainer.Options> set)
        where TException : Exception
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        set(options);
        return Assert.Throws<TException>(() => TinyImages.Pipeline(_context, options).Fit(_context.Data.LoadFromEnumerable(rows))).Message;
    }
}
