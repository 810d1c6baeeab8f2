using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Scoring.Verification;

/// <summary>The names of the classes stand in a model twice; where they differ, neither <c>Model.Verify</c> nor <c>Model.Load</c> takes it.</summary>
public class NamesOfClasses
{
    private readonly MLContext _context = new(seed: 1);

    private sealed class KeyRow
    {
        [KeyType(4)]
        public uint Label { get; set; } = 1;

        [VectorType(3, 6, 6)]
        public float[] Features { get; set; } = new float[108];
    }

    private sealed class DateRow
    {
        public DateTime Day { get; set; }

        [VectorType(3, 6, 6)]
        public float[] Features { get; set; } = new float[108];
    }

    [Fact]
    public void Names_that_differ_are_refused_though_every_checksum_is_right()
    {
        byte[] renamed = Save(Predictor(Labeled("ant", "bee", "cow", "dog"), LabelValues.FromText(["ant", "bee", "cow", "dog"])));
        byte[] named = Save(Predictor(Labeled(LabeledNetwork.Classes), LabelValues.FromText(LabeledNetwork.Classes)));
        AssertRefused(Exchange(named, renamed), "class 3 is 'cat' in its network, but 'cow'");

        byte[] numbered = Save(Predictor(
            LabeledNetwork.LabeledView(_context, 2, nameof(LabeledNetwork.Row.Number)), LabelValues.FromNumbers([0, 10, 20, 30])));
        AssertRefused(Exchange(named, numbered), "numbers for classes");

        byte[] nameless = Save(Predictor(_context.Data.LoadFromEnumerable([new KeyRow()]), labels: null));
        AssertRefused(Exchange(named, nameless), "no names of classes");
        AssertRefused(Exchange(nameless, named), "no names of classes");
    }

    [Fact]
    public void A_schema_that_ML_NET_would_read_for_ever_is_refused_at_once()
    {
        byte[] zip = HandmadeZip.Of(new SavedChain().Zip).ToArray();
        byte[] forged = Change(zip, "TrainSchema", schema =>
        {
            // The number of the features' dimensions, behind their type.
            int dimensions = schema.AsSpan().LastIndexOf((byte[])[.. "Single\0"u8, 3, 0, 0, 0]) + 7;
            BitConverter.TryWriteBytes(schema.AsSpan(dimensions), 1 << 20);
            return schema;
        });
        var watch = Stopwatch.StartNew();
        Assert.Contains("TrainSchema", Assert.Throws<InvalidDataException>(() => _context.Model.Verify(new MemoryStream(forged))).Message);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 30);
    }

    [Fact]
    public void Models_of_every_kind_of_label_are_all_right()
    {
        AssertAllRight(Predictor(_context.Data.LoadFromEnumerable([new KeyRow()]), labels: null));
        AssertAllRight(Predictor(Labeled("a", "", "\ud800x", "\u0130\u00df"), LabelValues.FromText(["a", "", "\ud800x", "\u0130\u00df"])));
        AssertAllRight(Predictor(
            LabeledNetwork.LabeledView(_context, 2, nameof(LabeledNetwork.Row.Number)), LabelValues.FromNumbers([0, 10, 20, 30])));
        IDataView dates = _context.Data.LoadFromEnumerable(
            Enumerable.Range(1, 4).Select(day => new DateRow { Day = new DateTime(2020, 1, day, 0, 0, 0, DateTimeKind.Utc) }));
        AssertAllRight(Predictor(_context.Transforms.Conversion.MapValueToKey("Label", "Day").Fit(dates).Transform(dates), labels: null));
    }

    [Slow]
    [Fact]
    public void Data_whose_labels_have_other_names_or_none_are_scored_as_ever()
    {
        var chain = new SavedChain();
        ITransformer loaded = _context.Model.Load(new MemoryStream(chain.Zip), out _);
        float[][] expected = Scores(loaded, LabeledNetwork.View(_context, 2));
        Assert.Equal(expected, Scores(loaded, LabeledNetwork.LabeledView(_context, 2)));
        Assert.Equal(expected, Scores(loaded, LabeledNetwork.LabeledView(_context, 2, nameof(LabeledNetwork.Row.Number))));
        Assert.Equal(expected, Scores(loaded, _context.Transforms.Conversion.MapValueToKey("Label", "Id").Fit(LabeledNetwork.View(_context, 2))
            .Transform(LabeledNetwork.View(_context, 2))));

        static float[][] Scores(ITransformer model, IDataView data) => [.. model.Transform(data).GetColumn<float[]>("Score")];
    }

    [Fact]
    public void A_chain_of_several_networks_has_each_of_them_verified()
    {
        ITransformer first = Predictor(Labeled(LabeledNetwork.Classes), LabelValues.FromText(LabeledNetwork.Classes));
        ITransformer second = _context.Transforms.ApplySpikingNetwork(LabeledNetwork.Create(), "Second", "Features", "Third")
            .Fit(LabeledNetwork.View(_context, 1));
        byte[] zip = Save(new TransformerChain<ITransformer>(first, second));
        _context.Model.Verify(new MemoryStream(zip));
        foreach (string network in (string[])["Transform_000/Model/", "Transform_001/"])
        {
            // With the right CRC-32, so that it is our own checksum that is compared.
            byte[] changed = Change(HandmadeZip.Of(zip).ToArray(), network + "SnnNetwork", bytes =>
            {
                bytes[^(bytes.Length / 4)] ^= 1;
                return bytes;
            });
            string message = Assert.Throws<InvalidDataException>(() => _context.Model.Verify(new MemoryStream(changed))).Message;
            Assert.Contains("checksum of its weights", message);
            Assert.Contains(network, message.Replace('\\', '/'));
        }
    }

    private void AssertAllRight(ITransformer model)
    {
        byte[] zip = Save(model);
        _context.Model.Verify(new MemoryStream(zip));
        ITransformer loaded = _context.Model.Load(new MemoryStream(zip), out _);
        // And once more, from what was loaded.
        _context.Model.Verify(new MemoryStream(Save(loaded)));
    }

    private void AssertRefused(byte[] zip, string reason)
    {
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => _context.Model.Verify(new MemoryStream(zip))).Message);
        Exception e = Assert.ThrowsAny<Exception>(() => _context.Model.Load(new MemoryStream(zip), out _)).GetBaseException();
        Assert.Contains(reason, Assert.IsType<InvalidDataException>(e).Message);
    }

    private MulticlassPredictionTransformer<SpikingResNetModelParameters> Predictor(IDataView labeled, LabelValues? labels) =>
        new(_context, new(_context, new(LabeledNetwork.Graph() with { Labels = labels }), "Score"), labeled.Schema, "Features", "Label");

    /// <summary>A view whose label column has these key values.</summary>
    private IDataView Labeled(params string[] names)
    {
        IDataView view = _context.Data.LoadFromEnumerable([new KeyRow()]);
        DataViewSchema.Annotations.Builder annotations = new();
        ReadOnlyMemory<char>[] values = [.. names.Select(name => name.AsMemory())];
        annotations.Add<VBuffer<ReadOnlyMemory<char>>>("KeyValues", new VectorDataViewType(TextDataViewType.Instance, names.Length),
            (ref VBuffer<ReadOnlyMemory<char>> buffer) => buffer = new(values.Length, values));
        DataViewSchema.Builder schema = new();
        schema.AddColumn("Label", view.Schema["Label"].Type, annotations.ToAnnotations());
        schema.AddColumn("Features", view.Schema["Features"].Type);
        return new EmptyDataView(_context, schema.ToSchema());
    }

    private byte[] Save(ITransformer model)
    {
        var stream = new MemoryStream();
        _context.Model.Save(model, null, stream);
        return stream.ToArray();
    }

    /// <summary>A zip with the training schema of another one, and the right CRC-32.</summary>
    private static byte[] Exchange(byte[] zip, byte[] other)
    {
        byte[] schema = HandmadeZip.Of(other).Entries.Single(entry => entry.Name.EndsWith("TrainSchema", StringComparison.Ordinal)).Content;
        return Change(zip, "TrainSchema", _ => schema);
    }

    private static byte[] Change(byte[] zip, string end, Func<byte[], byte[]> change)
    {
        HandmadeZip.Entry[] entries = [.. HandmadeZip.Of(zip).Entries];
        int at = Array.FindIndex(entries, entry => entry.Name.Replace('\\', '/').EndsWith(end, StringComparison.Ordinal));
        entries[at] = new(entries[at].Name, change(entries[at].Content));
        return new HandmadeZip { Entries = entries }.ToArray();
    }
}
