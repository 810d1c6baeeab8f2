using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using EventCamera.Recordings;
using EventCamera.Training;
using Microsoft.ML.Snn;

namespace EventCamera.CommandLine;

/// <summary>The options of the command line, whose limits are checked before any work begins.</summary>
internal sealed class SampleOptions
{
    // What recordings without a recipe are taken for.
    private const string _usual = "nmnist";

    private readonly Option<string?> _recordings = new("--recordings", "--data")
    {
        Description = "Zip or folder with one folder a class, or with folders train and test that have them; for the recipe dvs-gesture, "
            + "the set as published. Without it, the sample simulates recordings of moving shapes.",
        HelpName = "zip or folder",
    };

    private readonly Option<string?> _test = new("--test")
    {
        Description = "Zip or folder of held-out recordings, with the same class folders. Without it, the set's own folder test, "
            + "else a fifth of each class, or what the recipe says, drawn at random.",
        HelpName = "zip or folder",
    };

    private readonly Option<string?> _recipe = new("--recipe")
    {
        Description = $"Settings for a well-known set of recordings: {string.Join(", ", EventRecipe.All.Keys)}. Options that are given "
            + "change them.",
        HelpName = "name",
    };

    private readonly Option<EventFileFormat?> _format = new("--format")
    {
        Description = "The format of recordings whose content does not tell it, such as Evt3.", HelpName = "name",
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

    private readonly Option<EventCameraModel?> _camera = new("--camera")
    {
        Description = "The camera of AEDAT 2.0 recordings that do not name theirs, such as Davis346 for those of the simulator v2e.",
        HelpName = "name",
    };

    private readonly Option<int?> _sensorHeight = Count("--sensor-height", "Height of the sensor in pixels", r => r.SensorHeight, 8, 2048);

    private readonly Option<int?> _sensorWidth = Count("--sensor-width", "Width of the sensor in pixels", r => r.SensorWidth, 8, 2048);

    private readonly Option<int?> _timeSteps = Count(
        "--time-steps", "Slices of equally many events that a recording is cut into: the time steps T of the network", r => r.TimeSteps, 1,
        1000);

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

    private readonly Option<int?> _epochs = Count("--epochs", "Passes over the training recordings", r => r.Epochs, 1, 100_000);

    private readonly Option<string> _out = new("--out")
    {
        Description = "Folder for the model, the picture and the recordings.", HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("artifacts", "EventCamera"),
    };

    private readonly Option<int> _seed = new("--seed")
    {
        Description = "Seed of the simulation, the split and the training.", HelpName = "number", DefaultValueFactory = _ => 1,
        CustomParser = result => ParseCount(result, "--seed", 0, int.MaxValue) ?? default,
    };

    private readonly AugmentationOptions _augmentation = new();

    public void AddTo(Command command)
    {
        _recipe.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. EventRecipe.All.Keys]);
        _format.AcceptOnlyFromAmong(Enum.GetNames<EventFileFormat>());
        _camera.AcceptOnlyFromAmong(Enum.GetNames<EventCameraModel>());
        Option[] options =
        [
            _recipe, _recordings, _test, _format, _camera, _timeUnit, _columns, _array, _sensorHeight, _sensorWidth, _timeSteps, _width,
            _epochs, _out, _seed, .. _augmentation.All,
        ];
        foreach (Option option in options)
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_test) is not null && result.GetValue(_recordings) is null)
                result.AddError("--test needs --recordings: the simulated recordings bring their own held-out ones.");
            try
            {
                ReadReading(format: null, camera: null, timeUnit: null, result.GetValue(_columns), result.GetValue(_array));
            }
            catch (ArgumentException e)
            {
                result.AddError($"{(e.ParamName == nameof(EventReadOptions.Columns) ? "--columns" : "--array")}: {e.Message}");
            }
            if (result.GetValue(_recipe) is not { } name || !EventRecipe.All.TryGetValue(name, out EventRecipe? recipe))
                return;
            if (result.GetValue(_recordings) is null)
                result.AddError($"--recipe {name} needs --recordings.");
            if (recipe.Layout == RecordingLayout.DvsGesture && result.GetValue(_test) is not null)
                result.AddError($"--recipe {name} takes no --test: the set's own lists say which recordings are held out.");
            if (recipe.Frame is { } frame
                && (result.GetValue(_sensorHeight) < frame.Height || result.GetValue(_sensorWidth) < frame.Width))
            {
                result.AddError($"--recipe {name} makes frames of {frame.Height} x {frame.Width} pixels: a smaller sensor has not enough.");
            }
        });
    }

    private static EventReadOptions ReadReading(
        EventFileFormat? format, EventCameraModel? camera, EventTimeUnit? timeUnit, string? columns, string? array) =>
        new() { Format = format, Camera = camera, TimeUnit = timeUnit, Columns = columns, ArrayName = array };

    public Settings Read(ParseResult result)
    {
        EventRecipe recipe = EventRecipe.All[result.GetValue(_recipe) ?? _usual];
        recipe = recipe with
        {
            SensorHeight = result.GetValue(_sensorHeight) ?? recipe.SensorHeight,
            SensorWidth = result.GetValue(_sensorWidth) ?? recipe.SensorWidth,
            TimeSteps = result.GetValue(_timeSteps) ?? recipe.TimeSteps,
            Epochs = result.GetValue(_epochs) ?? recipe.Epochs,
            Augmentation = _augmentation.Read(result, recipe.Augmentation),
        };
        return new(
            result.GetValue(_recordings), result.GetValue(_test),
            ReadReading(
                result.GetValue(_format), result.GetValue(_camera), result.GetValue(_timeUnit), result.GetValue(_columns),
                result.GetValue(_array)),
            recipe, result.GetValue(_width), result.GetRequiredValue(_out), result.GetValue(_seed));
    }

    private static Option<int?> Count(string name, string description, Func<EventRecipe, int> usual, int low, int high) => new(name)
    {
        Description = $"{description}. Default: the recipe's, or {usual(EventRecipe.All[_usual])}.", HelpName = "number",
        CustomParser = result => ParseCount(result, name, low, high),
    };

    private static int? ParseCount(ArgumentResult result, string name, int low, int high)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, CultureInfo.InvariantCulture, out int value) && value >= low && value <= high)
            return value;
        result.AddError($"{name} must be a whole number from {low} to {high}, not '{text}'.");
        return null;
    }
}
