namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>Names in a NIR file: groups, datasets, and the metadata that this library adds.</summary>
internal static class NirNames
{
    public const string Version = "version", Graph = "node", Type = "type", Nodes = "nodes", Edges = "edges", Metadata = "metadata";

    /// <summary>The graph's two ends, by the names that other tools give them too.</summary>
    public const string Input = "input", Output = "output";

    /// <summary>Of the graph: who wrote it, and by what rule the output becomes scores, which nothing reads.</summary>
    public const string Producer = "producer", Scores = "scores";

    /// <summary>How the producer begins in graphs of this library.</summary>
    public const string Library = "Microsoft.ML.Snn";

    /// <summary>Of the graph: dt, T, whether a sample has a slice for each step (0 or 1), and class names as a JSON array.</summary>
    public const string TimeStep = "dt", TimeSteps = "time_steps", InputHasTimeSteps = "input_has_time_steps", ClassLabels = "class_labels";

    /// <summary>Of a node: the layer's name and kind, and the pooling that is folded into it.</summary>
    public const string Layer = "layer", Kind = "kind", Pooling = "pooling";

    /// <summary>Of a node: [1] or [C] float32.</summary>
    public const string Decay = "decay", Threshold = "threshold", Unit = "unit";
}
