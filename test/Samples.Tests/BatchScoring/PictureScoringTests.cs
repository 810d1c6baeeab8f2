using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using PictureScoring;
using SkiaSharp;

namespace Samples.Tests.BatchScoring;

public class PictureScoringTests(TrainedModel trained)
{
    private const int Width = 19, Height = 17;

    public static TheoryData<SKEncodedImageFormat, int> Orientations => new(
        from format in (SKEncodedImageFormat[])[SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp]
        from orientation in Enumerable.Range(1, 8)
        select (format, orientation));

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class ImageRow
    {
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }

    private sealed class LabeledRow
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
    public void So_are_those_of_gray_and_of_transparent_pictures()
    {
        AssertScoresAreThoseOfTheFile(Encode(SKColorType.Gray8, SKAlphaType.Opaque), "equal-gray.png");
        AssertScoresAreThoseOfTheFile(Encode(SKColorType.Bgra8888, SKAlphaType.Unpremul), "equal-transparent.png");
    }

    [Fact]
    public void What_was_loaded_is_not_kept_until_the_next_row_comes()
    {
        var chain = SavedChain.Load<ImageLoadingTransformer, ImageDataViewType>(
            trained.Path, File.ReadAllBytes(trained.Path), "pictures", "LoadImages");
        using var extractor = new FeatureExtractor<ImageRow>(chain);
        var row = new ImageRow { Image = PictureDecoder.Decode(TrainedModel.Draw("red", new Random(5)), 1 << 20) };
        using MLImage image = row.Image;
        Assert.Equal(chain.Network.FeatureCount, extractor.Extract(row).Length);
        Assert.Null(row.Image);
    }

    [Theory]
    [MemberData(nameof(Orientations))]
    public void A_picture_is_turned_as_its_EXIF_orientation_says(SKEncodedImageFormat format, int orientation)
    {
        byte[] stored = Encode(SKColorType.Bgra8888, SKAlphaType.Opaque, format);
        byte[] turned = format == SKEncodedImageFormat.Jpeg
            ? TurnedPictures.Jpeg(stored, orientation) : TurnedPictures.WebP(stored, Width, Height, orientation);
        (int width, int height, uint[] expected) = TurnedPictures.Turn(Width, Height, Pixels(PictureDecoder.Decode(stored, 1000)), orientation);
        using MLImage image = PictureDecoder.Decode(turned, 1000);
        Assert.Equal((width, height), (image.Width, image.Height));
        Assert.Equal(expected, Pixels(image));
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void LoadImages_takes_pictures_as_they_are_stored_which_the_README_tells(SKEncodedImageFormat format)
    {
        byte[] stored = Encode(SKColorType.Bgra8888, SKAlphaType.Opaque, format);
        string path = Path.Combine(trained.Folder, $"turned-{format}.img");
        File.WriteAllBytes(path, format == SKEncodedImageFormat.Jpeg
            ? TurnedPictures.Jpeg(stored, orientation: 6) : TurnedPictures.WebP(stored, Width, Height, orientation: 6));
        var context = new MLContext();
        IDataView rows = context.Data.LoadFromEnumerable<Row>([new() { ImagePath = path }]);
        float[] pixels = context.Transforms.LoadImages("Image", null, nameof(Row.ImagePath))
            // To the size that is stored, which ExtractPixels asks for: nothing is changed.
            .Append(context.Transforms.ResizeImages("Image", Width, Height, resizing: ImageResizingEstimator.ResizingKind.Fill))
            .Append(context.Transforms.ExtractPixels("Pixels", "Image", interleavePixelColors: true, orderOfExtraction: ImagePixelExtractingEstimator.ColorsOrder.ABGR))
            .Fit(rows).Transform(rows).GetColumn<float[]>("Pixels").Single();
        using MLImage expected = PictureDecoder.Decode(stored, 1000);
        Assert.Equal(expected.Pixels.ToArray().Where((_, i) => i % 4 < 3).Select(value => (float)value), pixels);
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
        IDataView labeled = context.Data.LoadFromEnumerable<LabeledRow>([new() { Label = "red" }]);
        ITransformer mapping = context.Transforms.Conversion.MapValueToKey("Key", nameof(LabeledRow.Label)).Fit(labeled);
        string path = Path.Combine(trained.Folder, "with-labels.zip");
        context.Model.Save(mapping.Append(context.Model.Load(trained.Path, out _)), labeled.Schema, path);

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

    private static uint[] Pixels(MLImage image) => MemoryMarshal.Cast<byte, uint>(image.Pixels).ToArray();

    private static byte[] Encode(SKColorType color, SKAlphaType alpha, SKEncodedImageFormat format = SKEncodedImageFormat.Png)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(Width, Height, color, alpha));
        var random = new Random(2);
        for (int i = 0; i < Width * Height; i++)
            bitmap.SetPixel(i % Width, i / Width, new SKColor((uint)random.Next()));
        using SKData data = bitmap.Encode(format, 100);
        return data.ToArray();
    }
}
