using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Tests.Speed;

namespace Samples.Tests.TrainingAndScoring;

/// <summary>Recipes, each on a few pictures in MNIST's IDX files.</summary>
public sealed class RecipeTests : IDisposable
{
    private const int Size = 16, Classes = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("snnml-recipe-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Slow]
    [Theory]
    [InlineData("fashion-mnist", "3", "2", "--rand-augment", "12", "--mixup", "0.2", "--cutmix", "1")]
    [InlineData(
        "cifar10-cpu", "6", "2", "--precision", "BFloat16", "--emulate-bfloat16", "--regularization", "0.05", "--self-distillation", "0.5")]
    [InlineData("cifar10-paper", "1", "1", "--max-spikes", "3", "--diagnostics", "--operation-penalty", "0.5", "--surrogate", "Triangle",
        "--surrogate-width", "0.7", "--learn-decay", "PerLayer", "--learn-threshold", "PerChannel", "--head-pooling", "2",
        "--no-hidden-normalization")]
    public void A_recipe_trains_evaluates_and_saves(string recipe, string epochs, string timeSteps, params string[] more)
    {
        WriteSet();
        string[] arguments =
        [
            .. more,
            "--recipe", recipe, "--epochs", epochs, "--time-steps", timeSteps, "--image-size", $"{Size}", "--images", _folder,
            "--out", Out, "--checkpoints", Path.Combine(_folder, "checkpoints"),
        ];
        (int exitCode, string output) = Sample.Run("TrainAndScore", arguments);
        Assert.True(exitCode == 0, output);
        Assert.Contains("Micro accuracy", output);
        Assert.True(File.Exists(Path.Combine(Out, "model.zip")));
        SpikingNetwork network = SpikingNetwork.Load(Path.Combine(Out, "model.zip"));
        Assert.Equal(more.Contains("--max-spikes") ? 3 : 1, network.Layers.Max(layer => layer.MaxSpikes));
        string report = File.ReadAllText(Path.Combine(Out, "report.html"));
        Assert.Equal(more.Contains("--diagnostics"), report.Contains("id=\"diagnostics\""));
        Assert.Equal(more.Contains("--surrogate"), report.Contains("Neuron.Surrogate<"));
        Assert.Equal(more.Contains("--head-pooling"), report.Contains("Architecture.HeadPooling<"));
        Assert.Equal(more.Contains("--no-hidden-normalization"), report.Contains("Architecture.HiddenNormalization<"));
        Assert.Equal(
            more.Contains("--head-pooling") ? NetworkLayerKind.Convolution : NetworkLayerKind.Linear,
            network.Layers.Single(layer => layer.Name is "head.hidden" || layer.Name is "head.output" && recipe != "cifar10-paper").Kind);
        // The same command goes on where it ended: there is nothing left to train, and the scores are the same.
        string scores = File.ReadAllText(Path.Combine(Out, "scores.tsv"));
        (exitCode, string again) = Sample.Run("TrainAndScore", arguments);
        Assert.True(exitCode == 0, again);
        Assert.DoesNotContain($"1/{epochs}", again);
        Assert.Equal(scores, File.ReadAllText(Path.Combine(Out, "scores.tsv")));
    }

    [Slow]
    [Fact]
    public void A_training_starts_from_a_saved_model()
    {
        WriteSet();
        string[] arguments =
        [
            "--recipe", "fashion-mnist", "--epochs", "2", "--time-steps", "1", "--image-size", $"{Size}", "--images", _folder, "--out",
        ];
        (int exitCode, string output) = Sample.Run("TrainAndScore", [.. arguments, Out]);
        Assert.True(exitCode == 0, output);
        string model = Path.Combine(Out, "model.zip"), second = Path.Combine(_folder, "second");
        (exitCode, output) = Sample.Run("TrainAndScore", [.. arguments, second, "--start-from", model, "--frozen-stages", "1"]);
        Assert.True(exitCode == 0, output);
        Assert.Contains("InitialNetwork", File.ReadAllText(Path.Combine(second, "report.html")));
        // Another network, no model, and nothing to freeze.
        (exitCode, output) = Sample.Run("TrainAndScore", [.. arguments, second, "--start-from", model, "--max-spikes", "2"]);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("--start-from", output);
        (exitCode, output) = Sample.Run("TrainAndScore", [.. arguments, second, "--start-from", Path.Combine(Out, "scores.tsv")]);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("--start-from", output);
        (exitCode, output) = Sample.Run("TrainAndScore", [.. arguments, second, "--frozen-stages", "1"]);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("--start-from", output);
    }

    [Slow]
    [Fact]
    public void Pictures_of_IDX_files_keep_every_pixel_and_their_class()
    {
        (byte[] pixels, byte[] labels) = WriteSet();
        (int exitCode, string output) = Sample.Run(
            "TrainAndScore", ["baseline", "--images", _folder, "--image-size", $"{Size}", "--out", Out]);
        Assert.True(exitCode == 0, output);
        string train = Path.Combine(Out, "images", Path.GetFileName(_folder), "train");
        for (int i = 0; i < labels.Length; i++)
        {
            using MLImage picture = MLImage.CreateFromFile(Path.Combine(train, $"{labels[i]}", $"{i:d5}.png"));
            Assert.Equal((Size, Size), (picture.Width, picture.Height));
            ReadOnlySpan<byte> colors = picture.Pixels;
            for (int p = 0; p < Size * Size; p++)
                Assert.Equal(pixels[i * Size * Size + p], colors[4 * p + p % 3]);
        }
    }

    [Slow]
    [Theory]
    [InlineData("t10k-labels-idx1-ubyte.gz", "t10k-labels-idx1-ubyte")]
    [InlineData("train-labels-idx1-ubyte.gz", "train-labels-idx1-ubyte")]
    public void A_missing_file_is_named(string file, string named)
    {
        WriteSet();
        File.Delete(Path.Combine(_folder, file));
        AssertRefused(["--images", _folder], named);
    }

    [Slow]
    [Fact]
    public void A_damaged_file_is_named()
    {
        WriteSet();
        string file = Path.Combine(_folder, "train-images-idx3-ubyte.gz");
        byte[] bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..(bytes.Length / 2)]);
        AssertRefused(["--images", _folder], "train-images-idx3-ubyte.gz");
        using (var packed = new GZipStream(File.Create(file), CompressionLevel.Fastest))
            packed.Write(new byte[100]);
        AssertRefused(["--images", _folder], "train-images-idx3-ubyte.gz");
    }

    [Slow]
    [Theory]
    [InlineData("--images", "cifar10-cpu")]
    [InlineData("cifar11", "cifar11")]
    [InlineData("--width", "cifar10-cpu", "--images", "pictures", "--width", "2")]
    [InlineData("BFloat8", "cifar10-cpu", "--images", "pictures", "--precision", "BFloat8")]
    [InlineData("not 'tpu'", "cifar10-cpu", "--images", "pictures", "--device", "tpu")]
    [InlineData("--rand-augment", "cifar10-cpu", "--images", "pictures", "--rand-augment", "31")]
    [InlineData("--mixup", "cifar10-cpu", "--images", "pictures", "--mixup", "0")]
    [InlineData("too few", "cifar10-cpu", "--images", "pictures", "--epochs", "1")]
    public void What_does_not_go_with_a_recipe_is_named(string named, string recipe, params string[] rest) =>
        AssertRefused(["--recipe", recipe, .. rest], named);

    [Slow]
    [Fact]
    public void A_GPU_that_is_not_there_is_named()
    {
        WriteSet();
        AssertRefused(["--images", _folder, "--image-size", $"{Size}", "--width", "0.125", "--device", "cuda:99"], "Cannot train on cuda:99");
    }

    private string Out => Path.Combine(_folder, "out");

    private void AssertRefused(string[] arguments, string named)
    {
        (int exitCode, string output) = Sample.Run("TrainAndScore", [.. arguments, "--out", Out]);
        Assert.NotEqual(0, exitCode);
        Assert.Contains(named, output);
        Assert.DoesNotContain("   at ", output);
    }

    private (byte[] Pixels, byte[] Labels) WriteSet()
    {
        WritePart("t10k", 12, seed: 2);
        return WritePart("train", 90, seed: 1);
    }

    /// <summary>Pictures with a bright band at the height of their class.</summary>
    private (byte[] Pixels, byte[] Labels) WritePart(string part, int count, int seed)
    {
        var random = new Random(seed);
        byte[] labels = [.. Enumerable.Range(0, count).Select(i => (byte)(i % Classes))];
        byte[] pixels = new byte[count * Size * Size];
        for (int i = 0; i < pixels.Length; i++)
        {
            int y = i / Size % Size;
            pixels[i] = (byte)(random.Next(100) + (y / 5 == labels[i / (Size * Size)] ? 150 : 0));
        }
        Write($"{part}-images-idx3-ubyte.gz", pixels, 0x803, count, Size, Size);
        Write($"{part}-labels-idx1-ubyte.gz", labels, 0x801, count);
        return (pixels, labels);
    }

    private void Write(string name, byte[] values, params int[] header)
    {
        using var packed = new GZipStream(File.Create(Path.Combine(_folder, name)), CompressionLevel.Fastest);
        Span<byte> number = stackalloc byte[4];
        foreach (int value in header)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, value);
            packed.Write(number);
        }
        packed.Write(values);
    }
}
