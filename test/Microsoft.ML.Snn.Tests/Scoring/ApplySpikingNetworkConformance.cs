using Microsoft.ML.Data;
using Microsoft.ML.Snn.Tests.Conformance;

namespace Microsoft.ML.Snn.Tests.Scoring;

/// <summary>The estimator, with every column and with none of the extra ones, held to what any estimator must keep.</summary>
public abstract class ApplySpikingNetworkConformance(SpikingNetworkEstimator.Options options) : EstimatorConformance
{
    protected override string RequiredInput => "Features";

    protected override IEstimator<ITransformer> CreateEstimator(MLContext context) =>
        context.Transforms.ApplySpikingNetwork(LabeledNetwork.Create(), options);

    protected override IDataView CreateData(MLContext context) => LabeledNetwork.View(context);

    protected override IEnumerable<(IDataView Data, string Named)> InvalidData(MLContext context)
    {
        IDataView data = CreateData(context);
        yield return (context.Transforms.DropColumns("Features").Fit(data).Transform(data), "Features");
        yield return (context.Transforms.CopyColumns("Features", "Id").Fit(data).Transform(data), "Features");
        IDataView doubles = context.Transforms.Conversion.ConvertType("Features", outputKind: DataKind.Double).Fit(data).Transform(data);
        yield return (doubles, "Features");
        yield return (context.Data.LoadFromEnumerable(new[] { new Shorter() }), "108 values of shape [3, 6, 6]");
        yield return (context.Data.LoadFromEnumerable(new[] { new Interleaved() }), "[3, 6, 6]");
    }

    private sealed class Shorter
    {
        [VectorType(3, 6, 5)]
        public float[] Features { get; set; } = new float[90];
    }

    private sealed class Interleaved
    {
        [VectorType(6, 6, 3)]
        public float[] Features { get; set; } = new float[108];
    }
}

public class PlainConformance() : ApplySpikingNetworkConformance(new())
{
    protected override string[] OutputColumns => ["Score", "PredictedLabel"];
}

public class EveryColumnConformance() : ApplySpikingNetworkConformance(ApplySpikingNetworkTests.EveryColumn(exitConfidence: 0.6f))
{
    protected override string[] OutputColumns =>
        ["P", "Guess", "StepScores", "StepsUsed", "Spikes", "SynapticOperations", "Additions", "MultiplyAdds", "EnergyNanojoules"];
}
