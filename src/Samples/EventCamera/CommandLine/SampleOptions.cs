using System.CommandLine;
using System.Globalization;
using EventCamera.Simulation;
using Microsoft.ML.Snn;

namespace EventCamera.CommandLine;

/// <summary>The options of the command line, whose limits are checked before any work begins.</summary>
internal sealed class SampleOptions
{
    private readonly Option<string?> _recordings = new("--recordings")
    {
        Description = "Zip or folder with one folder a class. Without it, the sample simulates recordings of moving shapes.",
        HelpName = "zip or folder",
    };

    private readonly Option<string?> _test = new("--test")
    {
        Description = "Zip or folder of held-out recordings, with the same class folders. Without it, a fifth of each class, drawn at "
            + "random.",
        HelpName = "zip or folder",
    };

    private readonly Option<EventTimeUnit?> _timeUnit = new("--time-unit")
    {
        Description = "The unit of times in NumPy arrays and text. Without it, they must be whole microseconds.",
    };

    private readonly Option<string?> _columns = new("--columns")
    {
        Description = "What the columns of NumPy tables and text without names are: the letters t, x, y and p in their order. Without it, "
            + "txyp.",
        HelpName = "letters",
    };

    private readonly Option<string?> _array = new("--array")
    {
        Description = "The array of NumPy archives (.npz) that holds the events, where names leave a doubt.", HelpName = "name",
    };

    private readonly Option<int> _sensorHeight = Count(
        "--sensor-height", "Height of the sensor in pixels.", ShapeRecordings.Sensor, 8, 2048);

    private readonly Option<int> _sensorWidth = Count(
        "--sensor-width", "Width of the sensor in pixels.", ShapeRecordings.Sensor, 8, 2048);

    private readonly Option<int> _timeSteps = Count(
        "--time-steps", "Slices of equally many events that a recording is cut into: the time steps T of the network.", 5, 1, 1000);

    private readonly Option<double> _width = new("--width")
    {
        Description = "Factor on the widths of the network's layers, above 0 and at most 4.", HelpName = "factor",
        DefaultValueFactory = _ => 1,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is > 0 and <= 4)
                return value;
            result.AddError($"--width must be a number above 0 and at most 4, not '{text}'.");
            return default;
        },
    };

    private readonly Option<int> _epochs = Count("--epochs", "Passes over the training recordings.", 20, 1, 100_000);

    private readonly Option<string> _out = new("--out")
    {
        Description = "Folder for the model, the picture and the recordings.", HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("artifacts", "EventCamera"),
    };

    private readonly Option<int> _seed = Count("--seed", "Seed of the simulation, the split and the training.", 1, 0, int.MaxValue);

    public void AddTo(Command command)
    {
        Option[] options =
        [
            _recordings, _test, _timeUnit, _columns, _array, _sensorHeight, _sensorWidth, _timeSteps, _width, _epochs, _out, _seed,
        ];
        foreach (Option option in options)
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_test) is not null && result.GetValue(_recordings) is null)
                result.AddError("--test needs --recordings: the simulated recordings bring their own held-out ones.");
            try
            {
                ReadReading(timeUnit: null, result.GetValue(_columns), result.GetValue(_array));
            }
            catch (ArgumentException e)
            {
                result.AddError($"{(e.ParamName == nameof(EventReadOptions.Columns) ? "--columns" : "--array")}: {e.Message}");
            }
        });
    }

    public Settings Read(ParseResult result) => new(
        result.GetValue(_recordings), result.GetValue(_test),
        ReadReading(result.GetValue(_timeUnit), result.GetValue(_columns), result.GetValue(_array)),
        result.GetValue(_sensorHeight), result.GetValue(_sensorWidth), result.GetValue(_timeSteps), result.GetValue(_width),
        result.GetValue(_epochs), result.GetRequiredValue(_out), result.GetValue(_seed));

    private static EventReadOptions ReadReading(EventTimeUnit? timeUnit, string? columns, string? array) =>
        new() { TimeUnit = timeUnit, Columns = columns, ArrayName = array };

    private static Option<int> Count(string name, string description, int start, int low, int high) => new(name)
    {
        Description = description, HelpName = "number", DefaultValueFactory = _ => start,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, CultureInfo.InvariantCulture, out int value) && value >= low && value <= high)
                return value;
            result.AddError($"{name} must be a whole number from {low} to {high}, not '{text}'.");
            return default;
        },
    };
}
