using Microsoft.ML.Data;
using Microsoft.ML.Snn.Tests.Conformance;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Snn.Tests.Training;

public class SpikingResNetTrainerConformance : EstimatorConformance
{
    protected override string[] OutputColumns => ["Score", "PredictedLabel"];

    protected override string RequiredInput => "Features";

    protected override string[] Inputs => ["Features", "Label"];

    protected override bool MakesRowMapper => false;

    protected override IEstimator<ITransformer> CreateEstimator(MLContext context) =>
        context.MulticlassClassification.Trainers.SpikingResNet(TinyImages.Options(epochs: 1));

    protected override IDataView CreateData(MLContext context) => Keyed(context, nameof(TinyImages.Row.Name));

    protected override IEnumerable<(IDataView Data, string Named)> InvalidData(MLContext context)
    {
        IDataView data = CreateData(context);
        yield return (Drop(context, data, "Features"), "Features");
        // Features of another type, and of no shape.
        yield return (context.Transforms.Conversion.ConvertType("Features", outputKind: DataKind.Double).Fit(data).Transform(data), "Features");
        yield return (context.Transforms.CopyColumns("Features", nameof(TinyImages.Row.Number)).Fit(data).Transform(data), "Features");
        yield return (context.Transforms.Concatenate("Features", nameof(TinyImages.Row.Number), nameof(TinyImages.Row.Weight)).Fit(data).Transform(data), "Features");
        // Of the right type, but without or with another shape than the network has learned.
        yield return (context.Data.LoadFromEnumerable(new[] { new Loose() }), "Features");
        yield return (Keyed(context, new Flat()), "Features");
        yield return (Keyed(context, new Interleaved()), "Features");
    }

    protected override IEnumerable<(IDataView Data, string Named)> DataToTransformOnly(MLContext context)
    {
        IDataView data = CreateData(context);
        yield return (Drop(context, data, "Label"), "Label");
        // Labels that are no keys, and too many or too few keys.
        yield return (context.Transforms.CopyColumns("Label", nameof(TinyImages.Row.Number)).Fit(data).Transform(data), "Label");
        yield return (context.Transforms.CopyColumns("Label", nameof(TinyImages.Row.Name)).Fit(data).Transform(data), "Label");
        yield return (context.Transforms.Conversion.Hash("Label", nameof(TinyImages.Row.Name), numberOfBits: 31).Fit(data).Transform(data), "2147483648");
    }

    protected override IEnumerable<(IDataView Data, string Named)> DataToFitOnly(MLContext context)
    {
        var random = new Random(1);
        yield return (Keyed(context, [.. Enumerable.Range(0, 8).Select(i => new Narrower
        {
            Features = [.. Enumerable.Range(0, 3 * 8 * 7).Select(_ => random.NextSingle())],
            Name = $"{i % 2}",
        })]), "Features");
    }

    /// <summary>Numeric labels have no slot names, but training label values; the promise must know that too.</summary>
    [Fact]
    public void Numeric_labels_are_promised_and_delivered_as_such()
    {
        IDataView data = Keyed(Context, nameof(TinyImages.Row.Number));
        SchemaShape promised = CreateEstimator(Context).GetOutputSchema(SchemaShape.Create(data.Schema));
        ITransformer fitted = CreateEstimator(Context).Fit(data);
        SchemaShape delivered = SchemaShape.Create(fitted.Transform(data).Schema);
        foreach (string name in OutputColumns)
        {
            promised.TryFindColumn(name, out SchemaShape.Column expected);
            delivered.TryFindColumn(name, out SchemaShape.Column actual);
            Assert.Equal(expected.Annotations.Select(a => a.Name).Order(), actual.Annotations.Select(a => a.Name).Order());
        }
        Assert.Equal(["0", "10", "20"], ((MulticlassPredictionTransformer<SpikingResNetModelParameters>)fitted).Model.Network.ClassLabels);
    }

    private static IDataView Drop(MLContext context, IDataView view, string column) =>
        context.Transforms.DropColumns(column).Fit(view).Transform(view);

    private static IDataView Keyed<T>(MLContext context, params T[] rows)
        where T : class
    {
        IDataView data = context.Data.LoadFromEnumerable(rows);
        return context.Transforms.Conversion.MapValueToKey("Label", "Name", keyData: context.Data.LoadFromEnumerable(
            new[] { new { Name = "0" }, new { Name = "1" } })).Fit(data).Transform(data);
    }

    private static IDataView Keyed(MLContext context, string column)
    {
        IDataView data = TinyImages.View(context, perClass: 6);
        return context.Transforms.Conversion.MapValueToKey("Label", column, keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Fit(data).Transform(data);
    }

    private sealed class Loose
    {
        public float[] Features { get; set; } = new float[TinyImages.Length];

        [KeyType(3)]
        public uint Label { get; set; }
    }

    private sealed class Flat
    {
        [VectorType(TinyImages.Length)]
        public float[] Features { get; set; } = new float[TinyImages.Length];

        public string Name { get; set; } = "0";
    }

    private sealed class Interleaved
    {
        [VectorType(TinyImages.Size, TinyImages.Size, TinyImages.Channels)]
        public float[] Features { get; set; } = new float[TinyImages.Length];

        public string Name { get; set; } = "0";
    }

    private sealed class Narrower
    {
        [VectorType(TinyImages.Channels, TinyImages.Size, TinyImages.Size - 1)]
        public float[] Features { get; set; } = [];

        public string Name { get; set; } = "0";
    }
}
