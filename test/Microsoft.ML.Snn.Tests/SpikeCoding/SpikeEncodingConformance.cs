using Microsoft.ML.Data;
using Microsoft.ML.Snn.Tests.Conformance;

namespace Microsoft.ML.Snn.Tests.SpikeCoding;

/// <summary>Every code, held to what any estimator must keep.</summary>
public abstract class SpikeEncodingConformance(SpikeCode code) : EstimatorConformance
{
    protected override string[] OutputColumns => ["Spikes"];

    protected override string RequiredInput => "Values";

    protected override IEstimator<ITransformer> CreateEstimator(MLContext context) => context.Transforms.EncodeSpikes(
        new SpikeEncodingEstimator.Options
        {
            OutputColumnName = "Spikes",
            InputColumnName = "Values",
            Code = code,
        });

    protected override IDataView CreateData(MLContext context)
    {
        var random = new Random(1);
        return context.Data.LoadFromEnumerable(Enumerable.Range(0, 7).Select(id => new Row
        {
            Id = id,
            Values = [.. Enumerable.Range(0, 60).Select(_ => random.NextSingle())],
            Flags = [true, false, id % 2 == 0],
        }).ToArray());
    }

    protected override IEnumerable<(IDataView Data, string Named)> InvalidData(MLContext context)
    {
        IDataView data = CreateData(context);
        yield return (context.Transforms.DropColumns("Values").Fit(data).Transform(data), "Values");
        yield return (context.Transforms.CopyColumns("Values", nameof(Row.Id)).Fit(data).Transform(data), "Values");
        yield return (context.Transforms.CopyColumns("Values", nameof(Row.Flags)).Fit(data).Transform(data), "Values");
        yield return (context.Data.LoadFromEnumerable(new[] { new Unsized() }), "Values");
    }

    private sealed class Row
    {
        public int Id { get; set; }

        [VectorType(3, 4, 5)]
        public float[] Values { get; set; } = [];

        [VectorType(3)]
        public bool[] Flags { get; set; } = [];
    }

    private sealed class Unsized
    {
        public float[] Values { get; set; } = [1, 2];
    }
}

public class RateConformance() : SpikeEncodingConformance(SpikeCode.Rate(seed: 5));

public class LatencyConformance() : SpikeEncodingConformance(SpikeCode.Latency());

public class DeltaConformance() : SpikeEncodingConformance(SpikeCode.Delta());

public class PhaseConformance() : SpikeEncodingConformance(SpikeCode.Phase());

public class PopulationConformance() : SpikeEncodingConformance(SpikeCode.Population());

public class DirectConformance() : SpikeEncodingConformance(SpikeCode.Direct());
