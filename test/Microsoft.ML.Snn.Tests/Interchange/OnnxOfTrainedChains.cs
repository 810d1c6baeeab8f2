using Microsoft.ML.Data;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Snn.Tests.Training;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>
/// Chains that are trained, converted by ML.NET's <c>ConvertToOnnx</c> and scored by its <c>ApplyOnnxModel</c>: labels, normalization,
/// network and class names.
/// </summary>
[Slow]
public sealed class OnnxOfTrainedChains(ITestOutputHelper output) : IDisposable
{
    private const int Half = TinyImages.Length / 2;

    private readonly TemporaryFolder _folder = new();

    private readonly MLContext _context = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, false)]
    [InlineData(4, false)]
    [InlineData(1, true)]
    public void They_score_alike(int maxSpikes, bool quantize)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 12);
        options.InputShape = [TinyImages.Channels, TinyImages.Size, TinyImages.Size];
        options.Neuron = new() { MaxSpikes = maxSpikes };
        options.Quantize = quantize;
        // ML.NET's normalization takes flat vectors only, as soon as it is ONNX's.
        ITransformer model = _context.Transforms.Conversion.MapValueToKey("Label", "Name")
            .Append(_context.Transforms.Concatenate("Pixels", "Upper", "Lower"))
            .Append(_context.Transforms.NormalizeMinMax("Features", "Pixels"))
            .Append(_context.MulticlassClassification.Trainers.SpikingResNet(options))
            .Append(_context.Transforms.Conversion.MapKeyToValue("Guess", "PredictedLabel"))
            .Fit(View(seed: 1));
        using var zip = new MemoryStream();
        _context.Model.Save(model, View(seed: 1).Schema, zip);
        zip.Position = 0;
        Compare(_context.Model.Load(zip, out _), _context.Model.GetSpikingNetwork(model), isExact: quantize);
        Compare(model, _context.Model.GetSpikingNetwork(model), isExact: quantize);
    }

    private void Compare(ITransformer model, SpikingNetwork network, bool isExact)
    {
        IDataView data = View(seed: 2);
        string path = _folder.File($"{Guid.NewGuid():N}.onnx");
        using (FileStream file = File.Create(path))
            _context.Model.ConvertToOnnx(model, data, file);
        ITransformer onnx = _context.Transforms.ApplyOnnxModel(
            ["Score.output", "PredictedLabel.output", "Guess.output"], ["Upper", "Lower", "Name"], path).Fit(data);
        // ONNX Runtime keeps the file open, which Windows then does not delete.
        using var opened = Assert.IsAssignableFrom<IDisposable>(onnx);
        IDataView own = model.Transform(data), other = onnx.Transform(data);

        float[][] features = [.. own.GetColumn<float[]>("Features")];
        float[][] ownScores = [.. own.GetColumn<float[]>("Score")], otherScores = [.. other.GetColumn<float[]>("Score")];
        uint[] ownLabels = [.. own.GetColumn<uint>("PredictedLabel")];
        uint[][] otherLabels = [.. other.GetColumn<uint[]>("PredictedLabel")];
        string[] ownGuesses = [.. own.GetColumn<string>("Guess")];
        ReadOnlyMemory<char>[][] otherGuesses = [.. other.GetColumn<ReadOnlyMemory<char>[]>("Guess")];
        Assert.Equal(ownScores.Length, otherScores.Length);
        int near = 0;
        for (int row = 0; row < features.Length; row++)
        {
            if (!isExact && NearThresholds.Has(network, features[row]))
            {
                near++;
                continue;
            }
            Assert.All(ownScores[row].Zip(otherScores[row]), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
            Assert.Equal([ownLabels[row]], otherLabels[row]);
            Assert.Equal(ownGuesses[row], Assert.Single(otherGuesses[row]).ToString());
        }
        output.WriteLine($"{features.Length} rows, of which {near} have a neuron near its threshold");
        Assert.True(near < features.Length / 2, $"{near} of {features.Length} rows have neurons near a threshold.");
        Assert.Equal(TinyImages.Classes, ClassNames(own).Order());
        Assert.Equal(ClassNames(own), ClassNames(other));
    }

    private static IEnumerable<string> ClassNames(IDataView scored)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Score"].GetSlotNames(ref names);
        return names.DenseValues().Select(name => name.ToString());
    }

    private IDataView View(int seed) => _context.Data.LoadFromEnumerable<Row>(
    [
        .. TinyImages.Rows(perClass: 20, seed).Select(
            row => new Row { Upper = row.Features[..Half], Lower = row.Features[Half..], Name = row.Name }),
    ]);

    private sealed class Row
    {
        [VectorType(Half)]
        public float[] Upper { get; set; } = [];

        [VectorType(Half)]
        public float[] Lower { get; set; } = [];

        public string Name { get; set; } = "";
    }
}
