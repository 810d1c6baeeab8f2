using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Tests.Speed;
using PictureScoring;
using SkiaSharp;

namespace Samples.Tests.TrainingAndScoring;

/// <summary>NativeScore, published as native code: the same answers as the pipeline's, from a process without .NET.</summary>
[Slow]
public sealed partial class NativeScoreTests(TrainedModel model, TrainedEventModel events, PublishedNativeScore published) : IClassFixture<PublishedNativeScore>
{
    [Fact]
    public void It_tells_the_classes_of_pictures_and_names_those_it_cannot_read()
    {
        published.SkipWhereMissing();
        var random = new Random(7);
        string[] pictures = [.. TrainedModel.Classes.Select(color => Write($"native-{color}.png", TrainedModel.Draw(color, random)))];
        string large = Write("large.png", TrainedModel.Draw("red", random, size: 2 * TrainedModel.Size));
        string text = Write("text.png", [1, 2, 3]), damaged = Write("damaged.png", File.ReadAllBytes(pictures[0])[..300]);
        (int exitCode, string output) = published.Run([model.Path, .. pictures, large, text, damaged, "nowhere.png"]);
        Assert.Equal(1, exitCode);
        Assert.Equal(Expected(pictures), Lines(output).Take(pictures.Length));
        Assert.Contains($"'{large}' has 32 x 32 pixels", output);
        Assert.Contains($"'{text}' is missing or no picture", output);
        Assert.Contains($"'{damaged}' is damaged", output);
        Assert.Contains("'nowhere.png' is missing or no picture", output);
    }

    [Fact]
    public void Gray_and_translucent_pictures_are_read_as_by_the_pipeline()
    {
        published.SkipWhereMissing();
        var random = new Random(8);
        string[] pictures =
        [
            .. Enumerable.Range(0, 4).Select(
                i => Write($"translucent-{i}.png", DrawNoise(random, SKColorType.Bgra8888, SKAlphaType.Unpremul))),
            Write("gray.png", DrawNoise(random, SKColorType.Gray8, SKAlphaType.Opaque)),
        ];
        (int exitCode, string output) = published.Run([model.Path, .. pictures]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(Expected(pictures), Lines(output));
    }

    [Fact]
    public void Pictures_are_turned_as_their_EXIF_orientation_says()
    {
        published.SkipWhereMissing();
        byte[] stored = TrainedModel.Draw("green", new Random(9), SKEncodedImageFormat.Jpeg);
        byte[][] turned = [.. Enumerable.Range(1, 8).Select(orientation => TurnedPictures.Jpeg(stored, orientation))];
        string[] pictures = [.. turned.Select((bytes, i) => Write($"turned-{i + 1}.jpg", bytes))];
        PictureModel pictureModel = PictureModel.Load(model.Path);
        using PictureScorer scorer = pictureModel.CreateScorer();
        float[][] scores = [.. turned.Select(bytes => scorer.Score(PictureDecoder.Decode(bytes, 1000)))];
        Assert.NotEqual(scores[0], scores[5]);
        (int exitCode, string output) = published.Run([model.Path, .. pictures]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(
            pictures.Zip(scores, (path, row) => string.Create(CultureInfo.InvariantCulture,
                $"{path}: {pictureModel.Classes[Array.IndexOf(row, row.Max())]} ({100 * row.Max():F2}%)")),
            Lines(output));
    }

    [Fact]
    public void It_tells_the_classes_of_recordings_as_the_pipeline_does()
    {
        published.SkipWhereMissing();
        var context = new MLContext();
        ITransformer pipeline = context.Model.Load(events.Path, out _);
        IReadOnlyList<string> classes = context.Model.GetSpikingNetwork(pipeline).ClassLabels!;
        string[] recordings = [.. events.Recordings.Take(3)];
        IDataView scored = pipeline.Transform(context.Data.LoadFromEnumerable(recordings.Select(path => new { Path = path, Label = classes[0] })));
        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        string damaged = Write("damaged.aedat", File.ReadAllBytes(recordings[0])[..^1]), outside = Write("outside.bin", [200, 200, 0, 0, 1]);
        (int exitCode, string output) = published.Run([events.Path, .. recordings, damaged, outside, "nowhere.bin"]);
        Assert.Equal(1, exitCode);
        Assert.Equal(
            recordings.Zip(scores, (path, row) => string.Create(CultureInfo.InvariantCulture,
                $"{path}: {classes[Array.IndexOf(row, row.Max())]} ({100 * row.Max():F2}%)")),
            Lines(output).Take(recordings.Length));
        Assert.Contains(damaged, output);
        Assert.Contains($"'{outside}': none of its 1 events lies inside the sensor", output);
        Assert.Contains("'nowhere.bin' is missing", output);
    }

    [Theory]
    [InlineData("Usage", "--sensor", "wide")]
    [InlineData("Usage", "--slicing", "FixedCount")]
    [InlineData("--sensor: ", "--sensor", "3x3")]
    [InlineData("Usage", "--time-unit", "Hours")]
    [InlineData("Usage", "--columns", "xyt")]
    public void A_wrong_option_is_told(string expected, string option, string value)
    {
        (int exitCode, string output) = published.Run([option, value, events.Path, events.Recordings[0]]);
        Assert.Equal(2, exitCode);
        Assert.Contains(expected, output);
    }

    [Fact]
    public void A_damaged_zip_is_named()
    {
        string zip = Write("damaged-native.zip", File.ReadAllBytes(model.Path)[..500]);
        (int exitCode, string output) = published.Run([zip, "picture.png"]);
        Assert.Equal(1, exitCode);
        Assert.Contains($"'{zip}': ", output);
        Assert.DoesNotContain("   at ", output);
    }

    [Fact]
    public void It_is_small_and_needs_no_file_of_dotnet()
    {
        published.SkipWhereMissing();
        string[] files = [.. Directory.EnumerateFiles(published.Folder).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];
        Assert.Equal(["NativeScore", "libSkiaSharp.so"], files);
        Assert.InRange(new FileInfo(published.App).Length, 1 << 20, 12 << 20);
    }

    /// <summary>NativeScore's lines, made of ScoreOnly's, which tells the other classes too.</summary>
    private string[] Expected(string[] pictures)
    {
        (int exitCode, string output) = Sample.Run("ScoreOnly", [model.Path, .. pictures]);
        Assert.True(exitCode == 0, output);
        string[] lines = [.. Lines(output).Select(line => Probabilities().Replace(line, "($1)"))];
        Assert.Equal(pictures.Length, lines.Length);
        return lines;
    }

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(model.Folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static byte[] DrawNoise(Random random, SKColorType color, SKAlphaType alpha)
    {
        const int size = TrainedModel.Size;
        using var bitmap = new SKBitmap(new SKImageInfo(size, size, color, alpha));
        for (int i = 0; i < size * size; i++)
            bitmap.SetPixel(i % size, i / size, new SKColor((uint)random.NextInt64(1L << 32)));
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    [GeneratedRegex(@"\(\w+ ([\d.]+%), .*\)$")]
    private static partial Regex Probabilities();
}
