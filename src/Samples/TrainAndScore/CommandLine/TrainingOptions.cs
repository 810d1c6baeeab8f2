using System.CommandLine;
using Microsoft.ML.Snn;

namespace TrainAndScore.CommandLine;

/// <summary>The options of the network and its training.</summary>
internal sealed class TrainingOptions
{
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

    public void AddTo(Command command)
    {
        _architecture.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. _architectures.Keys]);
        command.Add(_architecture);
        command.Add(_width);
        command.Add(_timeSteps);
        command.Add(_epochs);
        command.Add(_batchSize);
        command.Add(_learningRate);
    }

    public TrainingSettings Read(ParseResult result, PictureSettings pictures) => new(
        _architectures[result.GetRequiredValue(_architecture)].WithWidth(result.GetValue(_width)),
        result.GetValue(_timeSteps), result.GetValue(_epochs), result.GetValue(_batchSize), result.GetValue(_learningRate),
        // The drawn shapes are moved about as it is.
        pictures.Images is null ? null : ImageAugmentation.Standard);
}
