using Microsoft.ML.Data;
using Microsoft.ML.Snn.Tests.Conformance;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Snn.Tests.Training;

public class SpikingResNetTrainerConformance : EstimatorConformance
{
    protected override string[] OutputColumns => ["Score", "PredictedLabel"];

    protected override string RequiredInput => "Features";

    protected override IEstimator<ITransformer> CreateEstimator(MLContext context) =>
        context.MulticlassClassification.Trainers.SpikingResNet(TinyImages.Options(epochs: 1));

    protected override IDataView CreateData(MLContext context) => Keyed(context, nameof(TinyImages.Row.Name));

    protected override IEnumerable<(IDataView Data, string Named)> InvalidData(MLContext context)
    {
        IDataView data = CreateData(context);
        yield return (Drop(data, "Features"), "Features");
        yield return (Drop(data, "Label"), "Label");
        // A label that is no key.
        yield return (context.Transforms.CopyColumns("Label", nameof(TinyImages.Row.Number)).Fit(data).Transform(data), "Label");
        // Features of another type, and of no shape.
        yield return (context.Transforms.Conversion.ConvertType("Features", outputKind: DataKind.Double).Fit(data).Transform(data), "Features");
        yield return (context.Transforms.CopyColumns("Features", nameof(TinyImages.Row.Number)).Fit(data).Transform(data), "Features");
        yield return (context.Transforms.Concatenate("Features", nameof(TinyImages.Row.Number), nameof(TinyImages.Row.Weight)).Fit(data).Transform(data), "InputShape");

        IDataView Drop(IDataView view, string column) => context.Transforms.DropColumns(column).Fit(view).Transform(view);
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

    private static IDataView Keyed(MLContext context, string column)
    {
        IDataView data = TinyImages.View(context, perClass: 6);
        return context.Transforms.Conversion.MapValueToKey("Label", column, keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Fit(data).Transform(data);
    }
}
