using Microsoft.ML;
using Microsoft.ML.Data;
using PictureScoring;
using SkiaSharp;

namespace Samples.Tests.BatchScoring;

public class PictureScoringTests(TrainedModel trained)
{
    private sealed class Row
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class LabelledRow
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Scores_of_bytes_are_those_of_the_file_to_the_last_bit(SKEncodedImageFormat format)
    {
        byte[] picture = TrainedModel.Draw("red", new Random(5), format, size: 21);
        AssertScoresAreThoseOfTheFile(picture, $"equal-{format}.img");
    }

    [Fact]
    public void So_are_those_of_grey_and_of_transparent_pictures()
    {
        AssertScoresAreThoseOfTheFile(Encode(SKColorType.Gray8, SKAlphaType.Opaque), "equal-grey.png");
        AssertScoresAreThoseOfTheFile(Encode(SKColorType.Bgra8888, SKAlphaType.Unpremul), "equal-transparent.png");
    }

    [Fact]
    public void What_is_no_whole_picture_is_refused_with_the_reason()
    {
        byte[] picture = TrainedModel.Draw("blue", new Random(1), size: 64);
        AssertRefused([], "empty");
        AssertRefused("this is text"u8.ToArray(), "not a picture");
        AssertRefused(picture[..(picture.Length / 2)], "damaged");
        AssertRefused(picture[..20], "not a picture");
        AssertRefused(picture, "64 x 64", maximumPixels: 64 * 64 - 1);
    }

    [Fact]
    public void A_zip_of_another_kind_is_refused_by_name()
    {
        string path = Path.Combine(trained.Folder, "other.zip");
        File.WriteAllText(path, "not a zip");
        Assert.Contains("other.zip", Assert.Throws<InvalidDataException>(() => PictureModel.Load(path)).Message);

        var context = new MLContext();
        IDataView rows = context.Data.LoadFromEnumerable<Row>([new()]);
        context.Model.Save(context.Transforms.CopyColumns("Copy", nameof(Row.ImagePath)).Fit(rows), rows.Schema, path);
        Assert.Contains("LoadImages", Assert.Throws<InvalidDataException>(() => PictureModel.Load(path)).Message);
    }

    [Fact]
    public void A_model_that_was_saved_with_the_mapping_of_its_labels_will_do()
    {
        var context = new MLContext();
        IDataView labelled = context.Data.LoadFromEnumerable<LabelledRow>([new() { Label = "red" }]);
        ITransformer mapping = context.Transforms.Conversion.MapValueToKey("Key", nameof(LabelledRow.Label)).Fit(labelled);
        string path = Path.Combine(trained.Folder, "with-labels.zip");
        context.Model.Save(mapping.Append(context.Model.Load(trained.Path, out _)), labelled.Schema, path);

        byte[] picture = TrainedModel.Draw("blue", new Random(6));
        using PictureScorer scorer = PictureModel.Load(path).CreateScorer(), expected = PictureModel.Load(trained.Path).CreateScorer();
        Assert.Equal(expected.Score(PictureDecoder.Decode(picture, 1000)), scorer.Score(PictureDecoder.Decode(picture, 1000)));
    }

    private void AssertScoresAreThoseOfTheFile(byte[] picture, string name)
    {
        string path = Path.Combine(trained.Folder, name);
        File.WriteAllBytes(path, picture);
        var context = new MLContext();
        ITransformer model = context.Model.Load(trained.Path, out _);
        IDataView file = context.Data.LoadFromEnumerable<Row>([new() { ImagePath = path }]);
        float[] expected = model.Transform(file).GetColumn<float[]>("Score").Single();

        using PictureScorer scorer = PictureModel.Load(trained.Path).CreateScorer();
        Assert.Equal(expected, scorer.Score(PictureDecoder.Decode(picture, maximumPixels: 1000)));
    }

    private static void AssertRefused(byte[] bytes, string reason, long maximumPixels = 1 << 20) =>
        Assert.Contains(reason, Assert.Throws<UnreadablePictureException>(() => PictureDecoder.Decode(bytes, maximumPixels)).Message);

    private static byte[] Encode(SKColorType color, SKAlphaType alpha)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(19, 17, color, alpha));
        var random = new Random(2);
        for (int i = 0; i < 19 * 17; i++)
            bitmap.SetPixel(i % 19, i / 19, new SKColor((uint)random.Next()));
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
