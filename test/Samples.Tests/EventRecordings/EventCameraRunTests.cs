using EventCamera;
using EventCamera.CommandLine;
using EventCamera.Simulation;
using EventCamera.Training;
using Spectre.Console;

namespace Samples.Tests.EventRecordings;

public class EventCameraRunTests
{
    [Fact]
    public void A_short_run_prints_its_accuracy_and_leaves_a_model_and_a_picture()
    {
        string folder = Directory.CreateTempSubdirectory("snnml-events").FullName;
        try
        {
            (string train, string test) = ShapeRecordings.Make(Path.Combine(folder, "shapes"), seed: 1, training: 5, held: 2);
            using var output = new StringWriter();
            IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
            EventRecipe recipe = EventRecipe.All["nmnist"] with { TimeSteps = 3, Epochs = 1 };
            var settings = new Settings(train, test, new(), recipe, Width: 0.5, Path.Combine(folder, "out"), Seed: 1);

            new EventCameraRun(console, settings).Run(CancellationToken.None);

            string text = output.ToString();
            Assert.Contains("20 recordings to train on, 8 held out", text);
            Assert.Contains("Micro accuracy", text);
            // One line a slice of the stream, with a time and a probability.
            Assert.Equal(3, text.Split('\n').Count(line => line.Contains(" ms  ")));
            Assert.True(File.Exists(Path.Combine(settings.Out, "model.zip")));
            byte[] picture = File.ReadAllBytes(Path.Combine(settings.Out, "recording.png"));
            Assert.Equal([0x89, .. "PNG"u8], picture[..4]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_same_seed_simulates_the_same_recordings()
    {
        string folder = Directory.CreateTempSubdirectory("snnml-events").FullName;
        try
        {
            byte[][][] sets = [.. ((int[])[1, 1, 2]).Select((seed, i) => Bytes(Path.Combine(folder, $"{i}"), seed))];
            Assert.Equal(sets[0], sets[1]);
            Assert.NotEqual(sets[0], sets[2]);
            Assert.Equal(sets[0].Length, sets[0].Select(Convert.ToHexString).Distinct().Count());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static byte[][] Bytes(string folder, int seed)
        {
            ShapeRecordings.Make(folder, seed, training: 2, held: 1);
            return [.. Directory.GetFiles(folder, "*.bin", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        }
    }
}
