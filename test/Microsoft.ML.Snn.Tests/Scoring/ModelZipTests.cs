using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Tests.Training;

namespace Microsoft.ML.Snn.Tests.Scoring;

public class ModelZipTests
{
    private readonly MLContext _context = new(seed: 1);

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];

        public string Guess { get; set; } = "";
    }

    private ITransformer Train(IDataView data) => TinyImages.Pipeline(_context, TinyImages.Options(epochs: 2))
        .Append(_context.Transforms.Conversion.MapKeyToValue("Guess", "PredictedLabel")).Fit(data);

    [Fact]
    public void A_prediction_engine_on_the_loaded_zip_answers_as_the_trained_chain_to_the_last_bit()
    {
        IDataView data = TinyImages.View(_context, 10);
        ITransformer model = Train(data);
        float[][] expected = [.. model.Transform(data).GetColumn<float[]>("Score")];
        string[] names = [.. model.Transform(data).GetColumn<string>("Guess")];

        var other = new MLContext();
        ITransformer loaded = other.Model.Load(new MemoryStream(Save(model, data)), out DataViewSchema schema);
        Assert.Equal(data.Schema.Select(column => column.Name), schema.Select(column => column.Name));
        using PredictionEngine<TinyImages.Row, Prediction> engine = other.Model.CreatePredictionEngine<TinyImages.Row, Prediction>(loaded);
        TinyImages.Row[] rows = TinyImages.Rows(10);
        for (int i = 0; i < rows.Length; i++)
        {
            Prediction prediction = engine.Predict(rows[i]);
            Assert.Equal(expected[i], prediction.Score);
            Assert.Equal(names[i], prediction.Guess);
        }
    }

    [Fact]
    public void The_network_can_be_taken_out_of_a_loaded_chain_with_its_labels()
    {
        IDataView data = TinyImages.View(_context, 4);
        ITransformer loaded = _context.Model.Load(new MemoryStream(Save(Train(data), data)), out _);
        SpikingNetwork network = _context.Model.GetSpikingNetwork(loaded);
        Assert.Equal(TinyImages.Classes, network.ClassLabels);
        Assert.Equal([3, 8, 8], network.InputShape);
        Assert.Equal((2, 3), (network.TimeSteps, network.ClassCount));

        var scores = new float[network.ClassCount];
        network.Score(TinyImages.Rows(1)[0].Features, scores);
        Assert.Equal(loaded.Transform(TinyImages.View(_context, 1)).GetColumn<float[]>("Score").First(), scores);
    }

    [Fact]
    public void A_chain_without_a_network_says_so()
    {
        ITransformer model = _context.Transforms.CopyColumns("Copy", nameof(TinyImages.Row.Name)).Fit(TinyImages.View(_context, 1));
        Assert.Contains("holds no spiking network", Assert.Throws<ArgumentException>(() => _context.Model.GetSpikingNetwork(model)).Message);
    }

    [Fact]
    public void A_network_is_an_entry_of_its_own()
    {
        IDataView data = TinyImages.View(_context, 4);
        using var zip = new ZipArchive(new MemoryStream(Save(Train(data), data)));
        ZipArchiveEntry network = Assert.Single(zip.Entries, entry => entry.FullName.EndsWith("SnnNetwork", StringComparison.Ordinal));
        Assert.True(network.Length > zip.Entries.Where(entry => entry != network).Max(entry => entry.Length));
    }

    [Fact]
    public void A_model_whose_network_had_two_entries_is_refused_with_what_to_do()
    {
        IDataView data = TinyImages.View(_context, 4);
        byte[] former = Rewrite(Save(Train(data), data), "", _ => { }, name => name.Replace("SnnNetwork", "SnnWeights"));
        Exception e = Assert.ThrowsAny<Exception>(() => _context.Model.Load(new MemoryStream(former), out _)).GetBaseException();
        Assert.Contains("Train it again", e.Message);
        Assert.Contains("Train it again", Assert.Throws<InvalidDataException>(() => SpikingNetwork.Load(new MemoryStream(former))).Message);
    }

    [Fact]
    public void A_feature_that_is_not_finite_scores_NaN_and_spoils_no_other_row()
    {
        IDataView data = TinyImages.View(_context, 4);
        ITransformer model = Train(data);
        TinyImages.Row[] rows = TinyImages.Rows(4);
        float[][] expected = [.. model.Transform(data).GetColumn<float[]>("Score")];
        rows[2].Features[0] = float.NaN;
        IDataView scored = model.Transform(_context.Data.LoadFromEnumerable(rows));
        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        Assert.All(scores[2], score => Assert.True(float.IsNaN(score)));
        Assert.Equal(expected.Where((_, i) => i != 2), scores.Where((_, i) => i != 2));
        Assert.True(_context.MulticlassClassification.Evaluate(scored).LogLoss > 0);
    }

    [Fact]
    public void A_flipped_bit_in_a_networks_structure_or_weights_is_refused_with_a_clear_message()
    {
        IDataView data = TinyImages.View(_context, 4);
        byte[] zip = Save(Train(data), data);
        foreach (int place in (int[])[20, 4000])
        {
            byte[] damaged = Rewrite(zip, "SnnNetwork", bytes => bytes[place] ^= 4);
            Exception e = Assert.ThrowsAny<Exception>(() => _context.Model.Load(new MemoryStream(damaged), out _)).GetBaseException();
            Assert.IsType<InvalidDataException>(e);
            Assert.Contains("damaged", e.Message);
        }
    }

    [Fact]
    public void A_zip_of_a_future_version_is_refused()
    {
        IDataView data = TinyImages.View(_context, 4);
        byte[] zip = Save(Train(data), data);
        byte[] future = Rewrite(zip, Sibling(zip), bytes =>
        {
            // Behind the signature: the version that wrote, and the oldest that can read.
            int signature = bytes.AsSpan().IndexOf("SNNRESNT"u8);
            if (signature < 0)
                signature = bytes.AsSpan().IndexOf("TNSERNNS"u8);
            BitConverter.TryWriteBytes(bytes.AsSpan(signature + 8), 0x00020001);
            BitConverter.TryWriteBytes(bytes.AsSpan(signature + 12), 0x00020001);
        });
        Exception e = Assert.ThrowsAny<Exception>(() => _context.Model.Load(new MemoryStream(future), out _)).GetBaseException();
        Assert.IsType<FormatException>(e);
        Assert.Contains("SnnResNetPredictor", e.Message);
    }

    [Fact]
    public void Pixels_of_interleaved_colors_are_refused_where_the_network_has_learnt_planes()
    {
        ITransformer model = Train(TinyImages.View(_context, 4));
        IDataView interleaved = _context.Data.LoadFromEnumerable([new InterleavedRow()]);
        Assert.Contains("'Features'", Assert.ThrowsAny<Exception>(() => model.Transform(interleaved)).GetBaseException().Message);
        Exception e = Assert.ThrowsAny<Exception>(() => _context.Model.CreatePredictionEngine<InterleavedRow, Prediction>(model));
        Assert.Contains("'Features'", e.GetBaseException().Message);
    }

    private sealed class InterleavedRow
    {
        [VectorType(8, 8, 3)]
        public float[] Features { get; set; } = new float[TinyImages.Length];

        public string Name { get; set; } = "row";
    }

    private byte[] Save(ITransformer model, IDataView data)
    {
        using var stream = new MemoryStream();
        _context.Model.Save(model, data.Schema, stream);
        return stream.ToArray();
    }

    /// <summary>The component's own data, beside its network.</summary>
    private static string Sibling(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        string network = archive.Entries.Single(entry => entry.FullName.EndsWith("SnnNetwork", StringComparison.Ordinal)).FullName;
        return network[..^"SnnNetwork".Length] + "Model.key";
    }

    private static byte[] Rewrite(byte[] zip, string entryEnd, Action<byte[]> change, Func<string, string>? rename = null)
    {
        var rewritten = new MemoryStream();
        using (var source = new ZipArchive(new MemoryStream(zip)))
        using (var target = new ZipArchive(rewritten, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (ZipArchiveEntry entry in source.Entries)
            {
                using Stream from = entry.Open();
                var bytes = new MemoryStream();
                from.CopyTo(bytes);
                byte[] content = bytes.ToArray();
                if (entry.FullName.EndsWith(entryEnd, StringComparison.Ordinal))
                    change(content);
                using Stream to = target.CreateEntry(rename?.Invoke(entry.FullName) ?? entry.FullName).Open();
                to.Write(content);
            }
        }
        return rewritten.ToArray();
    }
}
