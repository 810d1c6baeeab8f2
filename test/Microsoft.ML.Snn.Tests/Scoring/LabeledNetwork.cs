using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Scoring;

/// <summary>A small network with random weights, class labels and six time steps, and rows for it.</summary>
internal static class LabeledNetwork
{
    public static readonly RandomGraphs.Shape Shape = new(3, 6, 6, 16, 3, 1, 6, false) { Classes = 4 };

    public static readonly string[] Classes = ["ant", "bee", "cat", "dog"];

    public sealed class Row
    {
        public int Id { get; set; }

        [VectorType(3, 6, 6)]
        public float[] Features { get; set; } = [];

        public string Name { get; set; } = "";

        public float Number { get; set; }
    }

    public static SpikingNetwork Create(LabelValues? labels = null) => new(Graph(labels));

    public static NetworkGraph<float> Graph(LabelValues? labels = null) =>
        RandomGraphs.Create(Shape, seed: 5) with { Labels = labels ?? LabelValues.FromText(Classes) };

    /// <summary>Rows with labels that the network is right about in most cases.</summary>
    public static Row[] Rows(int count)
    {
        SpikingNetwork network = Create();
        float[] scores = new float[Classes.Length];
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                // Of different contrast, so that the network is sure of some and not of others.
                float[] features = [.. RandomGraphs.Features(Shape, seed: i).Select(value => value * (1 + i % 4))];
                network.Score(features, scores);
                int label = i % 5 == 4 ? i % 4 : Array.IndexOf(scores, scores.Max());
                return new Row { Id = i, Features = features, Name = Classes[label], Number = 10 * label };
            }),
        ];
    }

    public static IDataView View(MLContext context, int count = 12) => context.Data.LoadFromEnumerable(Rows(count));

    /// <summary>The rows with a label column: keys in the order of the network's classes.</summary>
    public static IDataView LabeledView(MLContext context, int count = 12, string from = nameof(Row.Name))
    {
        IDataView keys = from == nameof(Row.Name)
            ? context.Data.LoadFromEnumerable(Classes.Select(name => new Row { Name = name, Features = new float[108] }))
            : context.Data.LoadFromEnumerable(Classes.Select((_, i) => new Row { Number = 10 * i, Features = new float[108] }));
        IDataView keyData = context.Transforms.SelectColumns(from).Fit(keys).Transform(keys);
        return context.Transforms.Conversion.MapValueToKey("Label", from, keyData: keyData).Fit(keys).Transform(View(context, count));
    }
}
