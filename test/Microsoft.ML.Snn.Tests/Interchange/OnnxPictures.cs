using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Reference;
using static Microsoft.ML.Transforms.Image.ImagePixelExtractingEstimator;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>Models that take pictures of bytes give what ExtractPixels and the network give.</summary>
public sealed class OnnxPictures : IDisposable
{
    private const int Rows = 12;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<int, float, float, bool> Cases => new(
        from order in Enumerable.Range(0, 6)
        from pair in new[] { (0f, 1f), (127.5f, 1 / 127.5f), (0f, 1 / 255f), (103.3f, 1f) }
        from quantize in new[] { false, true }
        select (order, pair.Item1, pair.Item2, quantize));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Drawn_pictures_score_as_in_the_pipeline(int order, float offset, float scale, bool quantize)
    {
        SpikingNetwork network = Create(new(3, 6, 5, 12, 3, 2, 4, InputHasTimeSteps: false), quantize);
        var pictures = new PicturePixels(PicturePixels.Draw(_folder.Path, Rows, 6, 5), 6, 5);
        Compare(network, pictures, (OnnxColorOrder)order, offset, scale);
    }

    [Fact]
    public void Each_order_of_colors_gives_other_scores()
    {
        SpikingNetwork network = Create(new(3, 6, 5, 12, 3, 2, 4, InputHasTimeSteps: false), quantize: false);
        var pictures = new PicturePixels(PicturePixels.Draw(_folder.Path, Rows, 6, 5), 6, 5);
        float[][] scores = [.. Enum.GetValues<OnnxColorOrder>().Select(order =>
        {
            using OnnxModel model = Load(network, Taking(OnnxInputLayout.Pixels(order)));
            return model.Run(pictures.Bytes, Rows)["Score"];
        })];
        for (int i = 0; i < scores.Length; i++)
            Assert.All(scores[(i + 1)..], other => Assert.NotEqual(scores[i], other));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gray_pictures_have_one_channel(bool quantize)
    {
        SpikingNetwork network = Create(new(1, 6, 5, 12, 3, 2, 4, InputHasTimeSteps: false), quantize);
        var pictures = new PicturePixels(PicturePixels.Draw(_folder.Path, Rows, 6, 5, isGray: true), 6, 5, isGray: true);
        Compare(network, pictures, OnnxColorOrder.Rgb, 127.5f, 1 / 127.5f);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Real_pictures_score_as_in_the_pipeline(bool quantize)
    {
        TrainedNetwork trained = RandomNetworks.Trained(
            new() { Stem = new(8, 3), Stages = [new(1, 8), new(1, 16, 2)] }, 3, 32, timeSteps: 2, classes: 10);
        var network = new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(trained)));
        string[] files = [.. PicturePixels.Unpack(_folder.Path, 50), RealData.Path("images/formats/fruit0.png")];
        Compare(quantize ? network.Quantize() : network, new(files, 32, 32), OnnxColorOrder.Rgb, 0, 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Each_step_can_have_a_picture_of_its_own(bool quantize)
    {
        const int steps = 3;
        SpikingNetwork network = Create(new(3, 6, 5, 12, 3, 1, steps, InputHasTimeSteps: true), quantize);
        var pictures = new PicturePixels(PicturePixels.Draw(_folder.Path, Rows * steps, 6, 5), 6, 5);
        using OnnxModel model = Load(network, Taking(OnnxInputLayout.Pixels(OnnxColorOrder.Bgr, 10, 0.01f)));
        Assert.Equal([-1, steps, 6, 5, 3], model.Inputs["Pixels"].Dimensions);
        using OnnxModel onFeatures = Load(network, new());
        float[] features = Planes(pictures.Bytes, pixels: 6 * 5, [2, 1, 0], 10, 0.01f);
        Assert.Equal(onFeatures.Run(features, Rows)["Score"], model.Run(pictures.Bytes, Rows)["Score"]);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Single_steps_take_pictures_too(bool quantize, bool inputHasTimeSteps)
    {
        SpikingNetwork network = Create(new(3, 6, 5, 12, 3, 1, 4, inputHasTimeSteps), quantize);
        var pictures = new PicturePixels(PicturePixels.Draw(_folder.Path, Rows, 6, 5), 6, 5);
        float[] features = Planes(pictures.Bytes, pixels: 6 * 5, [1, 2, 0], 127.5f, 1 / 127.5f);
        var onPixels = Taking(OnnxInputLayout.Pixels(OnnxColorOrder.Gbr, 127.5f, 1 / 127.5f)) with { Form = OnnxGraphForm.Step };
        using OnnxModel model = Load(network, onPixels);
        using OnnxModel onFeatures = Load(network, new() { Form = OnnxGraphForm.Step });
        Assert.Equal([-1, 6, 5, 3], model.Inputs["Pixels"].Dimensions);
        Dictionary<string, float[]> membranes = model.Inputs.Where(input => input.Key != "Pixels").ToDictionary(
            input => input.Key, input => new float[input.Value.Dimensions.Skip(1).Aggregate(Rows, (product, size) => product * size)]);
        Assert.NotEmpty(membranes);
        for (int step = 0; step < 4; step++)
        {
            Dictionary<string, float[]> outputs = model.Run(pictures.Bytes, Rows, membranes);
            Dictionary<string, float[]> expected = onFeatures.Run(
                new Dictionary<string, float[]>(membranes) { ["Features"] = features }, Rows);
            Assert.Equal(expected.Keys.Order(), outputs.Keys.Order());
            Assert.All(expected, output => Assert.Equal(output.Value, outputs[output.Key]));
            membranes = membranes.Keys.ToDictionary(name => name, name => outputs[$"{name}.next"]);
        }
    }

    [Fact]
    public void What_is_no_picture_is_refused_and_leaves_no_file()
    {
        string path = _folder.File("model.onnx");
        var events = Create(new(2, 6, 5, 12, 3, 1, 4, InputHasTimeSteps: true), quantize: false);
        var refusal = Assert.Throws<NotSupportedException>(() => events.SaveOnnx(path, Taking(OnnxInputLayout.Pixels())));
        Assert.Contains("2 channels", refusal.Message);
        Assert.Contains("OnnxInputLayout.Map", refusal.Message);
        var gray = Create(new(1, 6, 5, 12, 3, 1, 4, InputHasTimeSteps: false), quantize: false);
        refusal = Assert.Throws<NotSupportedException>(() => gray.SaveOnnx(path, Taking(OnnxInputLayout.Pixels(OnnxColorOrder.Bgr))));
        Assert.Contains("Bgr", refusal.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Bad_arguments_are_refused_and_equal_layouts_are_equal()
    {
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => OnnxInputLayout.Pixels((OnnxColorOrder)6));
        Assert.Contains("Rgb, Rbg", refusal.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => OnnxInputLayout.Pixels(offset: float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => OnnxInputLayout.Pixels(scale: float.PositiveInfinity));
        Assert.Equal(OnnxInputLayout.Pixels(OnnxColorOrder.Rgb, 0, 1), OnnxInputLayout.Pixels());
        Assert.NotEqual(OnnxInputLayout.Pixels(offset: 1), OnnxInputLayout.Pixels());
    }

    /// <summary>Pictures in the model, ExtractPixels' features in the one without them, and the pipeline.</summary>
    private static void Compare(SpikingNetwork network, PicturePixels pictures, OnnxColorOrder order, float offset, float scale)
    {
        // Alpha first, whatever the order of the others: it is not extracted.
        ColorsOrder extracted = Enum.Parse<ColorsOrder>($"A{order}", ignoreCase: true);
        (float[] features, float[] pipeline) = pictures.Score(network, extracted, offset, scale);
        int rows = features.Length / network.FeatureCount;
        int[] shape = network.InputShape is [int channels, int height, int width] ? [-1, height, width, channels] : [];
        using OnnxModel model = Load(network, Taking(OnnxInputLayout.Pixels(order, offset, scale)));
        using OnnxModel onFeatures = Load(network, new());
        Assert.Equal(["Pixels"], model.Inputs.Keys);
        Assert.Equal(shape, model.Inputs["Pixels"].Dimensions);
        Assert.Equal(TensorElementType.UInt8, model.Inputs["Pixels"].ElementDataType);
        float[] scores = model.Run(pictures.Bytes, rows)["Score"];
        Assert.Equal(onFeatures.Run(features, rows)["Score"], scores);

        int near = 0;
        for (int row = 0; row < rows; row++)
        {
            if (NearThresholds.Has(network, features.AsSpan(row * network.FeatureCount, network.FeatureCount)))
                near++;
            else
            {
                for (int i = row * network.ClassCount; i < (row + 1) * network.ClassCount; i++)
                    Assert.Equal(pipeline[i], scores[i], 1e-5f);
            }
        }
        Assert.True(near <= 0.75 * rows, $"{near} of {rows} rows have neurons near a threshold.");
    }

    /// <summary>Bytes [N, H, W, C] as features [N, C, H, W].</summary>
    /// <param name="bytes">The pictures.</param>
    /// <param name="pixels">H * W.</param>
    /// <param name="sources">The byte of a pixel that each plane takes.</param>
    /// <param name="offset">Subtracted.</param>
    /// <param name="scale">Multiplies the difference.</param>
    private static float[] Planes(byte[] bytes, int pixels, int[] sources, float offset, float scale)
    {
        float[] features = new float[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            int picture = i / (3 * pixels), plane = i / pixels % 3, pixel = i % pixels;
            features[i] = (bytes[(picture * pixels + pixel) * 3 + sources[plane]] - offset) * scale;
        }
        return features;
    }

    // Every operator by itself, so that both models round alike.
    private static OnnxModel Load(SpikingNetwork network, OnnxExportOptions options) => OnnxModel.Of(network, options, optimizes: false);

    private static OnnxExportOptions Taking(OnnxInputLayout layout) => new() { InputLayout = layout };

    private static SpikingNetwork Create(RandomGraphs.Shape shape, bool quantize)
    {
        var network = new SpikingNetwork(RandomGraphs.Create(shape, seed: 11));
        return quantize ? network.Quantize() : network;
    }
}
