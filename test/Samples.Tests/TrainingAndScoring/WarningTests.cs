using Microsoft.ML;
using Microsoft.ML.Snn.Tests.Speed;
using SampleApp;

namespace Samples.Tests.TrainingAndScoring;

/// <summary>What ML.NET and the trainer warn of reaches the user of a sample: once, and on the stream of errors.</summary>
[Slow]
public sealed class WarningTests(TrainedModel trained, TrainedEventModel events) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("snnml-warnings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("baseline")]
    [InlineData("--epochs", "1", "--width", "0.125", "--batch-size", "12")]
    public void TrainAndScore_shows_what_is_wrong_with_the_pictures(params string[] arguments)
    {
        var random = new Random(3);
        foreach (string name in TrainedModel.Classes)
        {
            for (int i = 0; i < 20; i++)
                Write(name, $"{i}.png", TrainedModel.Draw(name, random));
        }
        Write("empty", "text.png", "no picture"u8.ToArray());
        Write("red", "turned.jpg", TurnedPictures.Jpeg(TrainedModel.Draw("red", random, SkiaSharp.SKEncodedImageFormat.Jpeg), 6));
        for (int i = 0; i < 20; i++)
            Write("black", $"{i}.png", TrainedModel.Draw("black", new Black()));

        (int exitCode, string output, string errors) = Sample.RunApart(
            "TrainAndScore", [.. arguments, "--images", In("pictures"), "--image-size", "16", "--out", In("out")]);
        Assert.True(exitCode == 0, output + errors);
        string[] lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.StartsWith("Warning: ", line));
        Assert.Equal(lines.Distinct(), lines);
        Assert.Single(lines, line => line.Contains("text.png"));
        Assert.Single(lines, line => line.Contains("class folder 'empty'"));
        Assert.Single(lines, line => line.Contains("1 of 81 pictures") && line.Contains("EXIF orientation"));
        if (arguments[0] != "baseline")
            Assert.Single(lines, line => line.Contains("samples of the training set are zero throughout"));
        Assert.DoesNotContain("Warning", output);
    }

    [Fact]
    public void EventCamera_shows_events_outside_the_sensor()
    {
        (int exitCode, string output, string errors) = Sample.RunApart("EventCamera",
        [
            "--recordings", Path.Combine(events.Folder, "recordings", "train"), "--sensor-height", "16", "--epochs", "1", "--width", "0.25",
            "--out", In("out"),
        ]);
        Assert.True(exitCode == 0, output + errors);
        string[] lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Matches("^Warning: .* lie outside the sensor of 16 x ", line));
        Assert.InRange(lines.Length, 1, 8);
        Assert.Equal(lines.Distinct(), lines);
    }

    [Fact]
    public void BatchScore_shows_which_parts_it_makes_again()
    {
        Write("red", "a.png", TrainedModel.Draw("red", new Random(1)));
        Directory.CreateDirectory(In("scores.parquet.parts"));
        File.WriteAllText(In("scores.parquet.parts/00000000.parquet"), "");
        (int exitCode, string output, string errors) = Sample.RunApart("BatchScore", [trained.Path, In("pictures"), In("scores.parquet")]);
        Assert.True(exitCode == 0, output + errors);
        Assert.Equal("Warning: Part 00000000.parquet is made again: it has no checksum.", errors.Trim());
        Assert.Contains("1 pictures", output);
    }

    [Fact]
    public void A_warning_is_shown_once_and_nothing_below_a_warning_is()
    {
        var lines = new List<string>();
        var log = new WarningLog(lines.Add);
        MLContext context = log.Attach(new MLContext(1));
        context.Model.Load(trained.Path, out _);
        Assert.Empty(lines);
        Parallel.For(0, 100, i => log.Show($"{i % 2}"));
        Assert.Equal(["Warning: 0", "Warning: 1"], lines.Order());
    }

    private string In(string name) => Path.Combine(_folder, name);

    private void Write(string label, string name, byte[] bytes) =>
        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(In($"pictures/{label}")).FullName, name), bytes);

    /// <summary>Without noise, a picture of none of the classes is black.</summary>
    private sealed class Black : Random
    {
        public override int Next(int maxValue) => 0;
    }
}
