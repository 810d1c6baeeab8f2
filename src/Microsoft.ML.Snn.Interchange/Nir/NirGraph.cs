using PureHDF;

namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>A NIR graph: nodes in an order in which each comes after its sources.</summary>
internal sealed class NirGraph
{
    private NirGraph(NirNode? metadata, Dictionary<string, NirNode> nodes, Dictionary<string, List<string>> sources)
    {
        Metadata = metadata;
        Sources = sources.ToDictionary(pair => pair.Key, IReadOnlyList<string> (pair) => pair.Value, StringComparer.Ordinal);
        TargetsOf = Sources.SelectMany(pair => pair.Value.Select(source => (source, pair.Key)))
            .ToLookup(edge => edge.source, edge => edge.Key, StringComparer.Ordinal);
        Nodes = Order(nodes);
    }

    /// <summary>Those of this library; null where another one wrote the graph.</summary>
    public NirNode? Metadata { get; }

    public IReadOnlyList<NirNode> Nodes { get; }

    /// <summary>What is added up to a node's input, in the order of the file.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Sources { get; }

    /// <summary>Where a node's output goes.</summary>
    public ILookup<string, string> TargetsOf { get; }

    /// <exception cref="InvalidDataException">It is none.</exception>
    /// <exception cref="NotSupportedException">It has a cycle.</exception>
    public static NirGraph Read(NirFile file)
    {
        if (file.Children(file.Root, "The file").GetValueOrDefault(NirNames.Graph) is not IH5Group root)
            throw new InvalidDataException($"The file is no NIR graph: it has no group '{NirNames.Graph}'.");
        var graph = new NirNode(file, root, $"/{NirNames.Graph}");
        bool isOwn = graph.HasOwnMetadata;
        if (isOwn)
            graph = new(file, root, graph.Name, hasMetadata: true);
        if (graph.Type != "NIRGraph")
            throw graph.Damaged($"it is of the type {graph.Type}, not a NIRGraph.");
        var nodes = new Dictionary<string, NirNode>(StringComparer.Ordinal);
        foreach ((string name, IH5Object child) in file.Children(graph.Group(NirNames.Nodes), NirNames.Nodes))
        {
            nodes[name] = child is IH5Group group
                ? new(file, group, name, hasMetadata: isOwn) : throw new InvalidDataException($"Node {name} is no group.");
        }
        var sources = nodes.Keys.ToDictionary(name => name, _ => new List<string>(), StringComparer.Ordinal);
        string[] edges = graph.Texts(NirNames.Edges);
        if (graph.Shape(NirNames.Edges) is not [_, 2])
            throw graph.Damaged($"'{NirNames.Edges}' is not pairs of names.");
        foreach (string[] edge in edges.Chunk(2))
        {
            foreach (string name in edge)
            {
                if (!nodes.ContainsKey(name))
                    throw new InvalidDataException($"The edge from '{edge[0]}' to '{edge[1]}' names a node that the file does not have.");
            }
            sources[edge[1]].Add(edge[0]);
        }
        return new(graph.Metadata, nodes, sources);
    }

    /// <summary>Nodes after their sources; among those that could come next, in the order of their names.</summary>
    private List<NirNode> Order(Dictionary<string, NirNode> nodes)
    {
        var open = Sources.ToDictionary(pair => pair.Key, pair => pair.Value.Count, StringComparer.Ordinal);
        var ready = new SortedSet<string>(open.Where(pair => pair.Value == 0).Select(pair => pair.Key), StringComparer.Ordinal);
        var order = new List<NirNode>(nodes.Count);
        while (ready.Min is { } next)
        {
            ready.Remove(next);
            open.Remove(next);
            order.Add(nodes[next]);
            foreach (string target in TargetsOf[next])
            {
                if (--open[target] == 0)
                    ready.Add(target);
            }
        }
        if (open.Count == 0)
            return order;
        // Going back from a node that waits for another, always to one that waits too, ends in a cycle.
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string at = open.Keys.Min(StringComparer.Ordinal)!;
        while (seen.Add(at))
            at = Sources[at].First(open.ContainsKey);
        throw nodes[at].Refuse("it is on a cycle, and recurrent networks are not run.");
    }
}
