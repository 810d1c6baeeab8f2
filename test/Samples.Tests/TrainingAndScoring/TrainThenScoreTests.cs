using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Snn.Tests.Speed;

namespace Samples.Tests.TrainingAndScoring;

/// <summary>TrainAndScore and ScoreOnly as a user runs them: two processes, which share nothing but the zip.</summary>
[Slow]
public sealed class TrainThenScoreTests(TrainThenScoreTests.Training training) : IClassFixture<TrainThenScoreTests.Training>
{
    [Fact]
    public void Training_writes_a_model_its_scores_and_both_pictures()
    {
        Assert.True(training.Run.ExitCode == 0, training.Run.Output);
        foreach (string file in (string[])["model.zip", "scores.tsv", "learning-curve.png", "confusion.png", "report.html"])
            Assert.True(new FileInfo(Path.Combine(training.Out, file)).Length > 500, file);
        Assert.Contains("Micro accuracy", training.Run.Output);
        Assert.Contains("Finished after 2 of 2 epochs.", File.ReadAllText(Path.Combine(training.Out, "report.html")));
        Assert.Contains("tfevents", Assert.Single(Directory.EnumerateFiles(Path.Combine(training.Out, "board", "training"))));
        Assert.DoesNotContain('\u001b', training.Run.Output);
    }

    [Fact]
    public void The_scoring_app_gives_the_same_scores_to_the_last_bit()
    {
        string[] expected = File.ReadAllLines(Path.Combine(training.Out, "scores.tsv"));
        Assert.InRange(expected.Length, 6, 60);
        (int exitCode, string output) = Sample.Run(
            "ScoreOnly", [training.Model, "--scores-only", .. expected.Select(line => line.Split('\t')[0])]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(expected, output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Fact]
    public void The_ONNX_model_gives_the_same_scores_of_the_pictures_bytes()
    {
        Assert.Contains("model.onnx", training.Run.Output);
        using var session = new InferenceSession(training.Onnx);
        string[] lines = File.ReadAllLines(Path.Combine(training.Out, "scores.tsv"));
        int equal = 0;
        foreach (string line in lines)
        {
            string[] parts = line.Split('\t');
            using MLImage image = MLImage.CreateFromFile(parts[0]);
            Assert.Equal((16, 16), (image.Height, image.Width));
            int red = image.PixelFormat == MLPixelFormat.Bgra32 ? 2 : 0;
            byte[] pixels = new byte[16 * 16 * 3];
            for (int i = 0; i < pixels.Length; i++)
                pixels[i] = image.Pixels[i / 3 * 4 + (i % 3 == 1 ? 1 : i % 3 == 0 ? red : 2 - red)];
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 16, 16, 3]);
            using var run = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, ["Pixels"], [input], ["Score"]);
            ReadOnlySpan<float> scores = outputs[0].GetTensorDataAsSpan<float>();
            Assert.Equal(parts.Length - 1, scores.Length);
            bool isEqual = true;
            for (int c = 0; c < scores.Length; c++)
                isEqual &= Math.Abs(scores[c] - float.Parse(parts[c + 1], CultureInfo.InvariantCulture)) < 1e-4f;
            equal += isEqual ? 1 : 0;
        }
        // In float32 a neuron within rounding of its threshold may fire in one and not in the other: a rare row.
        Assert.True(equal >= 0.75 * lines.Length, $"{equal} of {lines.Length} pictures have equal scores.");
    }

    [Fact]
    public void The_scoring_app_has_no_native_file_of_TorchSharp_or_libtorch()
    {
        string[] natives = [.. Directory.EnumerateFiles(Sample.Folder("ScoreOnly"), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetFileName(file)!)
            .Where(file => file.EndsWith(".so", StringComparison.Ordinal) || file.Contains(".so.", StringComparison.Ordinal)
                || file.EndsWith(".dylib", StringComparison.Ordinal) || file.EndsWith("LibTorchSharp.dll", StringComparison.Ordinal))];
        Assert.DoesNotContain(natives, file => file.Contains("torch", StringComparison.OrdinalIgnoreCase) || file.Contains("c10", StringComparison.Ordinal));
    }

    [Fact]
    public void The_scoring_app_names_what_is_wrong_with_a_picture_and_scores_the_others()
    {
        string good = File.ReadLines(Path.Combine(training.Out, "scores.tsv")).First().Split('\t')[0];
        string damaged = Path.Combine(training.Folder, "damaged.png"), text = Path.Combine(training.Folder, "text.png");
        File.WriteAllBytes(damaged, File.ReadAllBytes(good)[..60]);
        File.WriteAllText(text, "no picture");
        (int exitCode, string output) = Sample.Run("ScoreOnly", [training.Model, damaged, text, "nowhere.png", good]);
        Assert.Equal(1, exitCode);
        Assert.Contains("damaged.png", output);
        Assert.Contains("text.png", output);
        Assert.Contains("nowhere.png", output);
        Assert.Contains($"{good}: ", output);
    }

    [Fact]
    public void A_damaged_zip_is_named()
    {
        string zip = Path.Combine(training.Folder, "damaged.zip");
        File.WriteAllBytes(zip, File.ReadAllBytes(training.Model)[..500]);
        (int exitCode, string output) = Sample.Run("ScoreOnly", [zip, "picture.png"]);
        Assert.Equal(1, exitCode);
        Assert.Contains("damaged.zip", output);
        Assert.DoesNotContain("   at ", output);
    }

    [Theory]
    [InlineData("--epochs", "0", "--epochs")]
    [InlineData("--width", "-1", "--width")]
    [InlineData("--architecture", "ResNet99", "ResNet99")]
    [InlineData("--images", "nowhere", "'nowhere'")]
    [InlineData("--onnx", " ", "--onnx")]
    public void A_bad_option_is_named_without_a_stack_trace(string option, string value, string named)
    {
        (int exitCode, string output) = Sample.Run("TrainAndScore", [option, value, "--out", training.Folder]);
        Assert.NotEqual(0, exitCode);
        Assert.Contains(named, output);
        Assert.DoesNotContain("   at ", output);
    }

    /// <summary>One short training on pictures of three colors, from class folders.</summary>
    public sealed class Training : IDisposable
    {
        public Training()
        {
            var random = new Random(3);
            foreach (string name in TrainedModel.Classes)
            {
                string folder = Directory.CreateDirectory(Path.Combine(Folder, "pictures", name)).FullName;
                for (int i = 0; i < 20; i++)
                    File.WriteAllBytes(Path.Combine(folder, $"{i}.png"), TrainedModel.Draw(name, random));
            }
            Run = Sample.Run("TrainAndScore",
            [
                "--images", Path.Combine(Folder, "pictures"), "--image-size", "16", "--architecture", "ResNet17", "--width", "0.125",
                "--epochs", "2", "--batch-size", "12", "--out", Out, "--tensorboard", Path.Combine(Out, "board"),
                "--onnx", Onnx,
            ]);
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("snnml-train-").FullName;

        public string Out => Path.Combine(Folder, "out");

        public string Model => Path.Combine(Out, "model.zip");

        public string Onnx => Path.Combine(Folder, "exported", "model.onnx");

        public (int ExitCode, string Output) Run { get; }

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
