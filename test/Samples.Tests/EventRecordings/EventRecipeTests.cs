using System.CommandLine;
using EventCamera;
using EventCamera.CommandLine;
using EventCamera.Recordings;
using EventCamera.Training;
using Microsoft.ML;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Tests.Speed;
using SampleApp;
using Spectre.Console;

namespace Samples.Tests.EventRecordings;

/// <summary>Each recipe on a few recordings that look like those of its set.</summary>
public sealed class EventRecipeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("snnml-recipes").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Slow]
    public void DVS_Gesture_as_published_is_trained_on_by_its_lists_and_the_saved_model_takes_whole_files()
    {
        string set = Path.Combine(_folder, "DvsGesture"), result = Path.Combine(_folder, "out");
        GestureFolder.Write(set, training: 3, held: 2);
        string text = Run(
            "--recipe", "dvs-gesture", "--data", set, "--out", result, "--epochs", "1", "--width", "0.25", "--time-steps", "4");

        Assert.Contains("12 recordings to train on, 8 held out", text);
        Assert.Contains("Micro accuracy", text);
        Assert.True(File.Exists(Path.Combine(result, "recording.png")));
        var context = new MLContext(seed: 1);
        ITransformer model = context.Model.Load(Path.Combine(result, "model.zip"), out DataViewSchema schema);
        Assert.Equal(["Path"], schema.Select(column => column.Name));
        SpikingNetwork network = context.Model.GetSpikingNetwork(model);
        Assert.Equal([4, 2, 64, 64], network.InputShape);
        Assert.Equal(DvsGestureDataset.Gestures.Take(4).Order(StringComparer.Ordinal), network.ClassLabels!.Order(StringComparer.Ordinal));
        using PredictionEngine<Recording, Prediction> engine = context.Model.CreatePredictionEngine<Recording, Prediction>(model);
        string file = Path.Combine(set, "user05_fluorescent.aedat");
        Assert.Contains(engine.Predict(new() { Path = file }).PredictedClass, network.ClassLabels!);
    }

    [Theory]
    [Slow]
    [InlineData("dvs-cifar10", "aedat", 128, 128, 48, 48)]
    [InlineData("n-caltech101", "bin", 180, 240, 45, 60)]
    public void Class_folders_of_a_larger_sensor_are_scaled_down(
        string recipe, string extension, int height, int width, int rows, int columns)
    {
        var random = new Random(1);
        string set = Path.Combine(_folder, recipe), result = Path.Combine(_folder, "out");
        foreach (string name in (string[])["airplane", "cat"])
        {
            Directory.CreateDirectory(Path.Combine(set, name));
            for (int i = 0; i < 10; i++)
                File.WriteAllBytes(Path.Combine(set, name, $"{name}_{i}.{extension}"), Write(extension, height, width, random));
        }
        string text = Run(
            "--recipe", recipe, "--recordings", set, "--out", result, "--epochs", "1", "--width", "0.25", "--time-steps", "2");
        // A tenth of each class.
        Assert.Contains("18 recordings to train on, 2 held out", text);
        Assert.DoesNotContain("outside the sensor", text);
        var context = new MLContext(seed: 1);
        SpikingNetwork network = context.Model.GetSpikingNetwork(context.Model.Load(Path.Combine(result, "model.zip"), out _));
        Assert.Equal([2, 2, rows, columns], network.InputShape);
    }

    [Theory]
    [InlineData("--recipe dvs-gesture", "needs --recordings")]
    [InlineData("--recipe dvs-gesture --data a --test b", "takes no --test")]
    [InlineData("--recipe dvs-cifar10 --data a --sensor-width 34", "48 x 48")]
    [InlineData("--recipe cifar", "'cifar'")]
    [InlineData("--epochs 0", "from 1 to 100000")]
    [InlineData("--format Aedat", "'Aedat'")]
    public void Options_that_do_not_go_together_are_refused(string line, string named)
    {
        var command = new RootCommand();
        new SampleOptions().AddTo(command);
        Assert.Contains(named, Assert.Single(command.Parse(line.Split(' ')).Errors).Message);
    }

    [Fact]
    public void Options_that_are_given_change_the_recipe()
    {
        EventRecipe usual = EventRecipe.All["nmnist"];
        Assert.Equal(usual, Parse("--width", "1").Recipe);
        Settings settings = Parse(
            "--recipe", "N-Caltech101", "--data", "a", "--epochs", "3", "--time-steps", "7", "--sensor-height", "200");
        Assert.Equal(EventRecipe.All["n-caltech101"] with { Epochs = 3, TimeSteps = 7, SensorHeight = 200 }, settings.Recipe);
        Assert.Equal(EventFileFormat.Evt3, Parse("--format", "Evt3").Reading.Format);
    }

    [Fact]
    public void A_folder_without_the_lists_is_refused_by_name()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "empty"));
        string message = Assert.Throws<UserException>(() => RecordingSets.ReadDvsGesture(Path.Combine(_folder, "empty"), 1)).Message;
        Assert.Contains("trials_to_train.txt", message);
    }

    private static Settings Parse(params string[] args)
    {
        var command = new RootCommand();
        var options = new SampleOptions();
        options.AddTo(command);
        ParseResult result = command.Parse(args);
        Assert.Empty(result.Errors);
        return options.Read(result);
    }

    private static string Run(params string[] args)
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        new EventCameraRun(console, Parse(args)).Run(CancellationToken.None);
        return output.ToString();
    }

    /// <summary>A DVS128's AEDAT 2.0, or the five bytes an event of N-Caltech101.</summary>
    private static byte[] Write(string extension, int height, int width, Random random)
    {
        using var stream = new MemoryStream();
        if (extension == "aedat")
            stream.Write("#!AER-DAT2.0\r\n"u8);
        for (int i = 0, time = 1000; i < 400; i++, time += random.Next(100))
        {
            int x = random.Next(width), y = random.Next(height), isOn = random.Next(2);
            byte[] bytes = extension == "aedat"
                ? [0, 0, (byte)y, (byte)(x << 1 | isOn), (byte)(time >> 24), (byte)(time >> 16), (byte)(time >> 8), (byte)time]
                : [(byte)x, (byte)y, (byte)(isOn << 7 | time >> 16), (byte)(time >> 8), (byte)time];
            stream.Write(bytes);
        }
        return stream.ToArray();
    }

    private sealed class Prediction
    {
        public string PredictedClass { get; set; } = "";
    }
}
