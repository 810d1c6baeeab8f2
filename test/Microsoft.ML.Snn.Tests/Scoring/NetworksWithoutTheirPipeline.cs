using System.IO.Compression;
using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Tests.Scoring;

/// <summary><see cref="SpikingNetwork.Load(string)"/>: a network out of a zip without an <see cref="MLContext"/>.</summary>
public class NetworksWithoutTheirPipeline
{
    private const string Network = "SnnNetwork";

    private readonly MLContext _context = new(seed: 1);

    [Fact]
    public void A_predictors_zip_gives_the_network_that_was_saved()
    {
        using var zip = new MemoryStream(Save(Predictor()));
        AssertScoresAsTheNetwork(SpikingNetwork.Load(zip));
        Assert.True(zip.CanRead);
    }

    [Fact]
    public void A_stream_that_cannot_seek_will_do()
    {
        using var unseekable = new GZipStream(new MemoryStream(Zipped(Save(Predictor()))), CompressionMode.Decompress);
        AssertScoresAsTheNetwork(SpikingNetwork.Load(unseekable));

        static byte[] Zipped(byte[] bytes)
        {
            var stream = new MemoryStream();
            using (var zip = new GZipStream(stream, CompressionLevel.Fastest))
                zip.Write(bytes);
            return stream.ToArray();
        }
    }

    [Fact]
    public void An_applied_networks_zip_gives_it_without_its_early_exit()
    {
        var options = new SpikingNetworkEstimator.Options { SpikesColumnName = "Spikes", Exit = new() { Confidence = 0.9f } };
        AssertScoresAsTheNetwork(SpikingNetwork.Load(new MemoryStream(Save(Applied(options)))));
    }

    [Fact]
    public void A_network_of_8_bits_stays_one()
    {
        IDataView data = LabeledNetwork.View(_context);
        SpikingNetwork quantized = LabeledNetwork.Create().Quantize();
        SpikingNetwork loaded = SpikingNetwork.Load(new MemoryStream(Save(_context.Transforms.ApplySpikingNetwork(quantized).Fit(data))));
        Assert.True(loaded.IsQuantized);
        Assert.Equal(Scores(quantized), Scores(loaded));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_network_saved_alone_is_the_same_one_and_not_compressed(bool isQuantized)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "network.zip");
        SpikingNetwork network = isQuantized ? LabeledNetwork.Create().Quantize() : LabeledNetwork.Create();
        File.WriteAllText(path, new string('x', 1 << 20));
        network.Save(path);
        SpikingNetwork loaded = SpikingNetwork.Load(path);
        Assert.Equal(isQuantized, loaded.IsQuantized);
        Assert.Equal(LabeledNetwork.Classes, loaded.ClassLabels);
        Assert.Equal(Scores(network), Scores(loaded));

        using ZipArchive zip = ZipFile.OpenRead(path);
        ZipArchiveEntry entry = Assert.Single(zip.Entries);
        Assert.Equal(Network, entry.FullName);
        Assert.Equal(entry.Length, entry.CompressedLength);
    }

    [Fact]
    public void Damage_to_a_network_saved_alone_is_refused()
    {
        using var stream = new MemoryStream();
        LabeledNetwork.Create().Save(stream);
        Assert.True(stream.CanWrite);
        Assert.Contains("damaged", Refusal(Rewrite(stream.ToArray(), Flip)));
        Refusal(Rewrite(stream.ToArray(), content => content[..(content.Length / 2)]));
        Refusal(Rewrite(stream.ToArray(), content => [.. content, 0]));
        Refusal(stream.ToArray()[..^200]);
    }

    [Fact]
    public void A_network_that_cannot_be_written_leaves_the_old_file()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "network.zip");
        SpikingNetwork network = LabeledNetwork.Create();
        Assert.Throws<ArgumentException>(() => network.Save(""));
        Assert.Throws<ArgumentNullException>(() => network.Save((Stream)null!));
        network.Save(path);
        Assert.Equal(["network.zip"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
        string taken = Directory.CreateDirectory(Path.Combine(folder.Path, "taken")).FullName;
        Exception e = Assert.ThrowsAny<Exception>(() => network.Save(taken));
        Assert.True(e is IOException or UnauthorizedAccessException, e.ToString());
        Assert.Equal(["network.zip"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Two_that_save_to_one_path_at_once_leave_one_whole_file()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "network.zip");
        SpikingNetwork network = LabeledNetwork.Create();
        Parallel.For(0, 16, _ => network.Save(path));
        Assert.Equal(network.ParameterCount, SpikingNetwork.Load(path).ParameterCount);
        Assert.Equal(["network.zip"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    /// <summary>Windows refuses to replace a file that is open.</summary>
    [Fact]
    public async Task A_file_that_somebody_reads_is_replaced_as_soon_as_he_is_done()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "network.zip");
        File.WriteAllText(path, "an older file");
        FileStream reader = File.OpenRead(path);
        Task saving = Task.Run(() => LabeledNetwork.Create().Save(path));
        await Task.Delay(200);
        await reader.DisposeAsync();
        await saving;
        Assert.Equal(LabeledNetwork.Create().ParameterCount, SpikingNetwork.Load(path).ParameterCount);
        Assert.Equal(["network.zip"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_zip_with_folders_told_by_backslashes_is_read_too()
    {
        byte[] zip = Rewrite(Save(Predictor()), rename: name => name.Replace('/', '\\'));
        AssertScoresAsTheNetwork(SpikingNetwork.Load(new MemoryStream(zip)));
    }

    [Fact]
    public void What_is_wrong_with_a_file_is_said_with_its_name()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "model.zip");
        Assert.Throws<FileNotFoundException>(() => SpikingNetwork.Load(path));
        Assert.Throws<ArgumentException>(() => SpikingNetwork.Load(""));
        Assert.Throws<ArgumentNullException>(() => SpikingNetwork.Load((Stream)null!));

        File.WriteAllText(path, "no zip");
        Assert.StartsWith($"'{path}': ", Assert.Throws<InvalidDataException>(() => SpikingNetwork.Load(path)).Message);
        File.WriteAllBytes(path, Save(Predictor()));
        AssertScoresAsTheNetwork(SpikingNetwork.Load(path));
    }

    [Fact]
    public void A_zip_without_a_network_or_with_several_says_so()
    {
        IDataView data = LabeledNetwork.View(_context);
        ITransformer none = _context.Transforms.CopyColumns("Copy", "Id").Fit(data);
        Assert.Contains("no spiking network", Refusal(Save(none)));

        ITransformer two = _context.Transforms.ApplySpikingNetwork(LabeledNetwork.Create())
            .Append(_context.Transforms.ApplySpikingNetwork(LabeledNetwork.Create(), "Second")).Fit(data);
        string message = Refusal(Save(two));
        Assert.Contains("2 spiking networks", message);
        Assert.Contains("TransformerChain/", message);
        Assert.Contains("GetSpikingNetwork", message);
    }

    [Fact]
    public void Damage_is_refused_and_what_belongs_to_the_pipeline_is_not_looked_at()
    {
        byte[] zip = Save(Predictor());
        Assert.Contains("damaged", Refusal(Rewrite(zip, Flip)));
        Refusal(Rewrite(zip, content => content[..(content.Length / 2)]));
        Refusal(Rewrite(zip, content => []));
        AssertScoresAsTheNetwork(SpikingNetwork.Load(new MemoryStream(Rewrite(zip, content => [], "Model.key"))));
    }

    private ITransformer Predictor()
    {
        IDataView data = LabeledNetwork.LabeledView(_context);
        return new MulticlassPredictionTransformer<SpikingResNetModelParameters>(
            _context, new(_context, LabeledNetwork.Create(), "Score"), data.Schema, "Features", "Label");
    }

    private ITransformer Applied(SpikingNetworkEstimator.Options options) =>
        _context.Transforms.ApplySpikingNetwork(LabeledNetwork.Create(), options).Fit(LabeledNetwork.View(_context));

    private byte[] Save(ITransformer model)
    {
        using var stream = new MemoryStream();
        _context.Model.Save(model, LabeledNetwork.LabeledView(_context).Schema, stream);
        return stream.ToArray();
    }

    private static byte[] Flip(byte[] content)
    {
        content[content.Length / 2] ^= 4;
        return content;
    }

    private static string Refusal(byte[] zip) =>
        Assert.Throws<InvalidDataException>(() => SpikingNetwork.Load(new MemoryStream(zip))).Message;

    private static void AssertScoresAsTheNetwork(SpikingNetwork loaded)
    {
        Assert.Equal(LabeledNetwork.Classes, loaded.ClassLabels);
        Assert.Equal(Scores(LabeledNetwork.Create()), Scores(loaded));
    }

    private static float[] Scores(SpikingNetwork network)
    {
        LabeledNetwork.Row[] rows = LabeledNetwork.Rows(5);
        float[] scores = new float[rows.Length * network.ClassCount];
        network.Score(rows.SelectMany(row => row.Features).ToArray(), scores);
        return scores;
    }

    private static byte[] Rewrite(
        byte[] zip, Func<byte[], byte[]>? change = null, string entryToChange = Network, Func<string, string>? rename = null)
    {
        var rewritten = new MemoryStream();
        using (var source = new ZipArchive(new MemoryStream(zip)))
        using (var target = new ZipArchive(rewritten, ZipArchiveMode.Create, leaveOpen: true))
        {
            // Not the chain's own Model.key, but the one beside the network.
            string folder = source.Entries.Single(entry => entry.Name == Network).FullName[..^Network.Length];
            foreach (ZipArchiveEntry entry in source.Entries)
            {
                using Stream from = entry.Open();
                using var bytes = new MemoryStream();
                from.CopyTo(bytes);
                byte[] content = bytes.ToArray();
                if (change is not null && entry.FullName == folder + entryToChange)
                    content = change(content);
                using Stream to = target.CreateEntry(rename?.Invoke(entry.FullName) ?? entry.FullName).Open();
                to.Write(content);
            }
        }
        return rewritten.ToArray();
    }
}
