using System.IO.Compression;
using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Tests.Training;

public class QuantizedTraining
{
    private readonly MLContext _context = new(seed: 1);

    [Fact]
    public void The_option_gives_the_same_training_with_8_bit_weights_in_a_quarter_of_the_size()
    {
        IDataView data = TinyImages.View(_context, 10);
        (SpikingNetwork real, long size) = Train(data, quantize: false);
        (SpikingNetwork rounded, long roundedSize) = Train(data, quantize: true);
        Assert.False(real.IsQuantized);
        Assert.True(rounded.IsQuantized);
        Assert.InRange((double)roundedSize / size, 0.2, 0.3);

        SpikingNetwork expected = real.Quantize();
        foreach (TinyImages.Row row in TinyImages.Rows(4, seed: 2))
        {
            float[] scores = new float[3], expectedScores = new float[3], realScores = new float[3];
            rounded.Score(row.Features, scores);
            expected.Score(row.Features, expectedScores);
            real.Score(row.Features, realScores);
            Assert.Equal(expectedScores, scores);
            Assert.NotEqual(realScores, scores);
        }
    }

    /// <summary>Trains, saves and loads; the network of the loaded model and the bytes of its weights in the zip.</summary>
    private (SpikingNetwork Network, long WeightBytes) Train(IDataView data, bool quantize)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        options.Architecture = new() { Name = "Wider", Stem = new(32), Stages = [new(1, 32), new(1, 64, 2)] };
        options.Quantize = quantize;
        using var stream = new MemoryStream();
        _context.Model.Save(TinyImages.Pipeline(_context, options).Fit(data), data.Schema, stream);
        using var zip = new ZipArchive(new MemoryStream(stream.ToArray()));
        long bytes = zip.Entries.Single(entry => entry.FullName.EndsWith("SnnNetwork", StringComparison.Ordinal)).CompressedLength;
        stream.Position = 0;
        return (_context.Model.GetSpikingNetwork(new MLContext().Model.Load(stream, out _)), bytes);
    }
}
