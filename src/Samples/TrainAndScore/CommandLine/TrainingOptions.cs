using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Microsoft.ML.Snn;
using TrainAndScore.Training;

namespace TrainAndScore.CommandLine;

/// <summary>The options of the network and its training.</summary>
internal sealed partial class TrainingOptions
{
    // Of the training pictures: they show after each epoch how the network does on pictures that it does not learn from.
    private const double _validationFraction = 0.1;

    private static readonly IReadOnlyDictionary<string, SpikingResNetArchitecture> _architectures =
        new Dictionary<string, SpikingResNetArchitecture>(StringComparer.OrdinalIgnoreCase)
        {
            ["ResNet17"] = SpikingResNetArchitecture.ResNet17,
            ["ResNet18"] = SpikingResNetArchitecture.ResNet18,
            ["ResNet19"] = SpikingResNetArchitecture.ResNet19,
            ["ResNet34"] = SpikingResNetArchitecture.ResNet34,
            ["ResNet34Large"] = SpikingResNetArchitecture.ResNet34Large,
            ["ResNet50"] = SpikingResNetArchitecture.ResNet50,
        };

    private readonly Option<string> _architecture = new("--architecture")
    {
        Description = $"The network: {string.Join(", ", _architectures.Keys)}.", HelpName = "name", DefaultValueFactory = _ => "ResNet17",
    };

    private readonly Option<double> _width = new Option<double>("--width")
    {
        Description = "Factor on the widths of the network's layers, each rounded to a multiple of 8.", HelpName = "factor",
        DefaultValueFactory = _ => 0.5,
    }.AboveZero(atMost: 16);

    private readonly Option<int> _timeSteps = new Option<int>("--time-steps")
    {
        Description = "Time steps T for which each picture is presented.", HelpName = "number", DefaultValueFactory = _ => 2,
    }.From(1, 1000);

    private readonly Option<int> _epochs = new Option<int>("--epochs")
    {
        Description = "Passes over the training pictures.", HelpName = "number", DefaultValueFactory = _ => 4,
    }.From(1, 100_000);

    private readonly Option<int> _batchSize = new Option<int>("--batch-size")
    {
        Description = "Pictures a step of the optimizer.", HelpName = "number", DefaultValueFactory = _ => 16,
    }.From(1, 65_536);

    private readonly Option<double> _learningRate = new Option<double>("--learning-rate")
    {
        Description = "Learning rate at the start; it falls to 0 by a cosine.", HelpName = "number", DefaultValueFactory = _ => 0.1,
    }.AboveZero(atMost: 100);

    private readonly Option<string> _precision = new("--precision")
    {
        Description = $"What training computes in: {string.Join(", ", Enum.GetNames<TrainingPrecision>())}. "
            + "BFloat16 is faster where the processor computes in it, and refused elsewhere but for --emulate-bfloat16.",
        HelpName = "name", DefaultValueFactory = _ => nameof(TrainingPrecision.Float32),
    };

    private readonly Option<bool> _emulates = new("--emulate-bfloat16")
    {
        Description = "Train in BFloat16 on processors too that do not compute in it: slower, to repeat what one that does computed.",
    };

    private readonly Option<bool> _exact = new("--no-tf32")
    {
        Description = "On a GPU, compute in float32 without rounding factors to TF32: slower.",
    };

    private readonly Option<string> _device = new("--device")
    {
        Description = "Where to train: cpu, cuda or cuda:1. A GPU needs a build with a libtorch-cuda package instead of libtorch-cpu.",
        HelpName = "name", DefaultValueFactory = _ => "cpu",
    };

    private readonly Option<string?> _recipe = new("--recipe")
    {
        Description = $"Settings for a well-known set of pictures: {string.Join(", ", Recipes.All.Keys)}. Options that are given change "
            + "them.",
        HelpName = "name",
    };

    private readonly Option<string?> _checkpoints = new("--checkpoints")
    {
        Description = "Folder for a checkpoint after every epoch, from which the same command continues after it was stopped.",
        HelpName = "folder",
    };

    private readonly Option<int> _maxSpikes = new Option<int>("--max-spikes")
    {
        Description = "The most spikes that a neuron sends in a time step: 1 is the paper's neuron.", HelpName = "number",
        DefaultValueFactory = _ => 1,
    }.From(1, 15);

    private readonly Option<int> _headPooling = new Option<int>("--head-pooling")
    {
        Description = "Side of the windows of the last map that are averaged for the layers behind it; 0 is the whole map. The copied "
            + "table of the paper's ResNet-19 has 2.",
        HelpName = "pixels", DefaultValueFactory = _ => 0,
    }.From(0, 1024);

    private readonly Option<bool> _plainHidden = new("--no-hidden-normalization")
    {
        Description = "A hidden layer without tdBN, as in that table.",
    };

    private readonly Option<string> _surrogate = new("--surrogate")
    {
        Description = $"Shape of the surrogate gradient: {string.Join(", ", Enum.GetNames<SurrogateShape>())}.", HelpName = "name",
        DefaultValueFactory = _ => nameof(SurrogateShape.Rectangle),
    };

    private readonly Option<double> _surrogateWidth = new Option<double>("--surrogate-width")
    {
        Description = "Width of the surrogate gradient; the neurons' threshold is 0.5.", HelpName = "number", DefaultValueFactory = _ => 1,
    }.AboveZero(atMost: 100);

    private readonly Option<string> _learnDecay = new("--learn-decay")
    {
        Description = $"Whether the neurons' decay is learned: {string.Join(", ", Enum.GetNames<NeuronLearning>())}.", HelpName = "name",
        DefaultValueFactory = _ => nameof(NeuronLearning.None),
    };

    private readonly Option<string> _learnThreshold = new("--learn-threshold")
    {
        Description = $"Whether their threshold is learned: {string.Join(", ", Enum.GetNames<NeuronLearning>())}.", HelpName = "name",
        DefaultValueFactory = _ => nameof(NeuronLearning.None),
    };

    private readonly Option<double> _regularization = new Option<double>("--regularization")
    {
        Description = "Take the temporal loss with TET's regularization: a share of the loss that pulls outputs to the neuron's threshold. "
            + "Its authors take 0.05 for CIFAR.",
        HelpName = "share",
    }.AboveZero(atMost: 0.99);

    private readonly Option<double> _selfDistillation = new Option<double>("--self-distillation")
    {
        Description = "Each time step learns from the mean of all with this weight beside the loss, for early exit: 0.5, say.",
        HelpName = "weight",
    }.AboveZero(atMost: 1000);

    private readonly Option<string?> _teacher = new("--teacher")
    {
        Description = "A model that this sample saved from the same classes, such as a wider network's: the new one learns from its scores "
            + "beside the labels.",
        HelpName = "model.zip",
    };

    private readonly Option<string?> _startFrom = new("--start-from")
    {
        Description = "A model of the same network, with these or other classes, to go on from instead of random weights.",
        HelpName = "model.zip",
    };

    private readonly Option<bool> _keepTrainingState = new("--keep-training-state")
    {
        Description = "Keep in the model what --start-from needs to go on just where this training ends: about twice the size.",
    };

    private readonly Option<int> _frozenStages = new Option<int>("--frozen-stages")
    {
        Description = "With --start-from: leave the stem and so many stages as they are; 0 for the stem alone.", HelpName = "number",
    }.From(0, 1000);

    private readonly Option<double> _operationPenalty = new Option<double>("--operation-penalty")
    {
        Description = "Train for fewer synaptic operations: their weight in the loss, where 1 stands for all neurons firing at every step.",
        HelpName = "weight",
    }.AboveZero(atMost: 1000);

    private readonly Option<bool> _diagnostics = new("--diagnostics")
    {
        Description = "Measure firing, membrane potentials, gradients and block isometry of each layer after every epoch, for the report.",
    };

    private readonly Option<string?> _tensorBoard = new("--tensorboard")
    {
        Description = "Folder for TensorBoard: scalars and histograms after every epoch. Another one for each run.",
        HelpName = "folder",
    };

    private readonly Option<bool> _mpi = new("--mpi")
    {
        Description = "Train with the other processes that mpirun has started together with this one; each has a part of every batch.",
    };

    private readonly Option<string?> _onnx = new("--onnx")
    {
        Description = "File for the trained network as an ONNX model as well, which takes pictures of --image-size as bytes.",
        HelpName = "model.onnx",
    };

    private readonly AugmentationOptions _augmentation = new();

    public void AddTo(Command command)
    {
        _architecture.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. _architectures.Keys]);
        _recipe.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Recipes.All.Keys]);
        command.Add(_recipe);
        command.Add(_architecture);
        command.Add(_width);
        command.Add(_timeSteps);
        command.Add(_epochs);
        command.Add(_batchSize);
        command.Add(_learningRate);
        _precision.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, Enum.GetNames<TrainingPrecision>());
        command.Add(_precision);
        command.Add(_emulates);
        command.Add(_exact);
        command.Add(_device);
        command.Add(_checkpoints);
        command.Add(_tensorBoard);
        command.Add(_onnx);
        command.Add(_headPooling);
        command.Add(_plainHidden);
        command.Add(_maxSpikes);
        _surrogate.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, Enum.GetNames<SurrogateShape>());
        command.Add(_surrogate);
        command.Add(_surrogateWidth);
        _learnDecay.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, Enum.GetNames<NeuronLearning>());
        command.Add(_learnDecay);
        _learnThreshold.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, Enum.GetNames<NeuronLearning>());
        command.Add(_learnThreshold);
        command.Add(_regularization);
        command.Add(_selfDistillation);
        command.Add(_teacher);
        command.Add(_startFrom);
        command.Add(_frozenStages);
        command.Add(_keepTrainingState);
        command.Add(_operationPenalty);
        command.Add(_diagnostics);
        command.Add(_mpi);
        _augmentation.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_recipe) is not null && (IsGiven(result, _architecture) || IsGiven(result, _width)))
                result.AddError("--recipe brings its own network: leave --architecture and --width out.");
            if (IsGiven(result, _frozenStages) && result.GetValue(_startFrom) is null)
                result.AddError("--frozen-stages needs --start-from.");
            if (result.GetValue(_onnx) is { } onnx && string.IsNullOrWhiteSpace(onnx))
                result.AddError("--onnx needs the path of a file to write.");
            if (result.GetValue(_device) is { } device && !Device().IsMatch(device))
                result.AddError($"--device takes cpu, cuda, or cuda: and a number, not '{device}'.");
            if (result.GetValue(_recipe) is { } recipe && result.GetResult("--images") is null)
                result.AddError($"--recipe {recipe} needs --images.");
        });
    }

    /// <summary>Path of the model to learn from; null for none.</summary>
    public string? Teacher(ParseResult result) => result.GetValue(_teacher);

    /// <summary>The processes to train with; null for a training of its own.</summary>
    public MpiCommunicator? StartMpi(ParseResult result)
    {
        try
        {
            return result.GetValue(_mpi) ? MpiCommunicator.Start() : null;
        }
        catch (DllNotFoundException e)
        {
            throw new UserException($"--mpi: {e.Message}", e);
        }
    }

    /// <summary>Path of the ONNX model to write; null for none.</summary>
    public string? Onnx(ParseResult result) => result.GetValue(_onnx);

    /// <summary>The trainer's options but for the columns and what is shown.</summary>
    public SpikingResNetTrainer.Options Read(ParseResult result, PictureSettings pictures)
    {
        SpikingResNetTrainer.Options options = result.GetValue(_recipe) is { } recipe
            ? Recipes.All[recipe]()
            : new()
            {
                Architecture = _architectures[result.GetRequiredValue(_architecture)].WithWidth(result.GetValue(_width)),
                // Every time step learns to answer: at few steps and epochs, better than the loss of their mean.
                Loss = SpikingLoss.Temporal,
                // The drawn shapes are moved about as it is.
                Augmentation = pictures.Images is null ? null : ImageAugmentation.Standard,
                ValidationFraction = _validationFraction,
            };
        bool isRecipe = result.GetValue(_recipe) is not null;
        if (!isRecipe || IsGiven(result.CommandResult, _timeSteps))
            options.TimeSteps = result.GetValue(_timeSteps);
        if (!isRecipe || IsGiven(result.CommandResult, _batchSize))
            options.BatchSize = result.GetValue(_batchSize);
        if (!isRecipe || IsGiven(result.CommandResult, _learningRate))
            options.LearningRate = result.GetValue(_learningRate);
        if (!isRecipe || IsGiven(result.CommandResult, _epochs))
            Recipes.SetEpochs(options, result.GetValue(_epochs));
        if (!isRecipe || IsGiven(result.CommandResult, _precision))
            options.Precision = Enum.Parse<TrainingPrecision>(result.GetRequiredValue(_precision), ignoreCase: true);
        if (!isRecipe || IsGiven(result.CommandResult, _headPooling))
            options.Architecture = options.Architecture with { HeadPooling = result.GetValue(_headPooling) };
        if (result.GetValue(_plainHidden))
            options.Architecture = options.Architecture with { HiddenNormalization = false };
        if (!isRecipe || IsGiven(result.CommandResult, _maxSpikes))
            options.Neuron = options.Neuron with { MaxSpikes = result.GetValue(_maxSpikes) };
        if (!isRecipe || IsGiven(result.CommandResult, _surrogate))
        {
            var shape = Enum.Parse<SurrogateShape>(result.GetRequiredValue(_surrogate), ignoreCase: true);
            options.Neuron = options.Neuron with { Surrogate = shape };
        }
        if (!isRecipe || IsGiven(result.CommandResult, _surrogateWidth))
            options.Neuron = options.Neuron with { SurrogateWidth = result.GetValue(_surrogateWidth) };
        options.Neuron = options.Neuron with
        {
            LearnDecay = Enum.Parse<NeuronLearning>(result.GetRequiredValue(_learnDecay), ignoreCase: true),
            LearnThreshold = Enum.Parse<NeuronLearning>(result.GetRequiredValue(_learnThreshold), ignoreCase: true),
        };
        if (IsGiven(result.CommandResult, _regularization))
            options.Loss = SpikingLoss.TemporalEfficientTraining(result.GetValue(_regularization));
        if (IsGiven(result.CommandResult, _selfDistillation))
            options.SelfDistillation = new(result.GetValue(_selfDistillation));
        if (IsGiven(result.CommandResult, _operationPenalty))
            options.SynapticOperationPenalty = result.GetValue(_operationPenalty);
        if (result.GetValue(_startFrom) is { } model)
        {
            int? frozen = IsGiven(result.CommandResult, _frozenStages) ? result.GetValue(_frozenStages) : null;
            options.InitialNetwork = StartingNetwork.Load(model) with { FrozenStages = frozen };
        }
        options.KeepTrainingState = result.GetValue(_keepTrainingState);
        options.Augmentation = _augmentation.Read(result, options.Augmentation);
        options.Diagnostics = result.GetValue(_diagnostics) ? new() { IsometryVectors = 4 } : null;
        options.AllowEmulatedBFloat16 = result.GetValue(_emulates);
        options.AllowTensorFloat32 = !result.GetValue(_exact);
        options.Device = result.GetRequiredValue(_device);
        options.CheckpointFolder = result.GetValue(_checkpoints);
        options.TensorBoardFolder = result.GetValue(_tensorBoard);
        return options;
    }

    [GeneratedRegex(@"\A(cpu|cuda(:[0-9]{1,4})?)\z")]
    private static partial Regex Device();

    private static bool IsGiven(SymbolResult result, Option option) => result.GetResult(option) is { Implicit: false };
}
