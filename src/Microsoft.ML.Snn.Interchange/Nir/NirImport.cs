using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>Reads a NIR graph as a network: what lies between neurons becomes sums of convolutions, which the engine runs.</summary>
internal sealed class NirImport(NirGraph graph, NirImportOptions options)
{
    private const int MostTerms = 256;

    private readonly EngineNodes _engine = new();
    private readonly Dictionary<string, NirValue> _values = new(StringComparer.Ordinal);
    private NirSource? _input;

    /// <exception cref="ArgumentException">Neither the file nor the options tell T, or class names are not as many as outputs.</exception>
    /// <exception cref="InvalidDataException">The graph is damaged.</exception>
    /// <exception cref="NotSupportedException">The engine cannot run it.</exception>
    public SpikingNetwork Read()
    {
        int steps = options.TimeSteps ?? Metadata(NirNames.TimeSteps, least: 1)
            ?? throw new ArgumentException("The file does not tell the number of time steps: give the options TimeSteps.", nameof(options));
        foreach (string type in (string[])["Input", "Output"])
        {
            if (graph.Nodes.Count(node => node.Type == type) is var count && count != 1)
                throw new NotSupportedException($"The graph has {count} nodes of the type {type}; one is what the engine runs.");
        }
        int classes = 0;
        foreach (NirNode node in graph.Nodes)
        {
            if (node.Type == "Output")
                classes = End(node);
            else
                _values[node.Name] = Compute(node);
        }
        return new(new NetworkGraph<float>
        {
            Nodes = _engine.Nodes,
            Channels = _input!.Map.Channels,
            Height = _input.Map.Height,
            Width = _input.Map.Width,
            TimeSteps = steps,
            InputHasTimeSteps = options.InputHasTimeSteps ?? Metadata(NirNames.InputHasTimeSteps, least: 0) is null or 1,
            Classes = classes,
            Labels = Labels(classes),
        });
    }

    private double TimeStep
    {
        get
        {
            if (options.TimeStep is { } given)
                return given;
            if (graph.Metadata is not { } metadata || !metadata.Has(NirNames.TimeStep))
                return NirTimeStep.Default;
            return metadata.Numbers(NirNames.TimeStep) is [var step] && NirTimeStep.IsValid(step) ? step : throw metadata.Damaged(
                $"'{NirNames.TimeStep}' is no length of a time step. {NirTimeStep.Range} Or give the options TimeStep.");
        }
    }

    private NirValue Compute(NirNode node)
    {
        if (node.Type == "Input")
            return Begin(node);
        CheckLeadsOn(node);
        NirValue input = Sum(node);
        if (node.Type == "Flatten")
            return Flatten(node, input);
        if (NirLinear.Read(node, input.Shape) is { } map)
            return Linear(node, input, map);
        if (NirNeurons.Read(node, input.Shape.Map, TimeStep, options) is { } neurons)
            return NirValue.Of(_engine.AddNeurons(node, input, neurons), input.Shape);
        throw node.Refuse(node.Type == "NIRGraph" ? "graphs within graphs are not read." : "nodes of this type are not read.");
    }

    private NirValue Begin(NirNode node)
    {
        if (graph.Sources[node.Name].Count > 0)
            throw node.Damaged("an Input has no source.");
        CheckLeadsOn(node);
        int[] sizes = node.Integers("shape");
        NirShape shape = NirShape.Of(sizes) ?? throw node.Refuse(
            $"its shape is [{string.Join(", ", sizes)}], neither [N] nor [C, H, W], or too large.");
        _input = new(NetworkNode<float>.NetworkInput, SignalKind.Analog, shape.Map);
        return NirValue.Of(_input, shape);
    }

    private NirValue Sum(NirNode node)
    {
        IReadOnlyList<string> sources = graph.Sources[node.Name];
        if (sources.Count == 0)
            throw node.Damaged("it has no source.");
        NirValue first = _values[sources[0]];
        foreach (string source in sources.Skip(1))
        {
            if (_values[source].Shape != first.Shape)
                throw node.Damaged($"'{sources[0]}' gives {first.Shape}, '{source}' {_values[source].Shape}: they cannot be added up.");
        }
        // Sums of sums grow with every node that takes one twice.
        if (sources.Sum(source => (long)_values[source].Terms.Length) > MostTerms)
            throw node.Refuse($"its input is a sum of more than {MostTerms} terms.");
        return first with { Terms = [.. sources.SelectMany(source => _values[source].Terms)] };
    }

    private static NirValue Flatten(NirNode node, NirValue input)
    {
        int start = node.Has("start_dim") ? node.Integer("start_dim") : 0, end = node.Has("end_dim") ? node.Integer("end_dim") : -1;
        // Some tools count the batch's dimension, some do not.
        return input.Shape.IsFlat || start is 0 or 1 && end is -1 or 2 or 3
            ? input with { Shape = input.Shape.Flattened }
            : throw node.Refuse($"it flattens dimensions {start} to {end}, not all of a map.");
    }

    private NirValue Linear(NirNode node, NirValue input, WindowMap map)
    {
        if (input.Terms is [{ Map: null, Source: var source }] && source == _input && map.IsScale && IsNormalization(node))
            return NirValue.Of(_engine.AddNormalization(node, source, map), input.Shape);
        return input.Apply(map, node);
    }

    /// <summary>
    /// Whether a scale of the input is one before weights: a layer of its own, since padding comes after it. The engine has one for all
    /// that takes the input.
    /// </summary>
    private bool IsNormalization(NirNode node)
    {
        for (string at = node.Name; graph.Sources[at] is [var source, ..]; at = source)
        {
            if (graph.TargetsOf[source].Count() > 1)
                return false;
        }
        if (node.Metadata is { } metadata && metadata.Has(NirNames.Kind))
            return metadata.Text(NirNames.Kind) == $"{NetworkLayerKind.InputNormalization}";
        var types = graph.Nodes.ToDictionary(other => other.Name, other => other.Type, StringComparer.Ordinal);
        return graph.TargetsOf[node.Name].All(target => types[target] is "Conv2d" or "Affine" or "Linear");
    }

    /// <summary>The last layer.</summary>
    /// <returns>Number of classes.</returns>
    private int End(NirNode node)
    {
        if (graph.TargetsOf[node.Name].Any())
            throw node.Damaged("an Output has no target.");
        NirValue value = Sum(node);
        if (value.Shape.Map is not { Channels: >= 2, Height: 1, Width: 1 } map)
            throw node.Refuse($"it gives {value.Shape}; the engine gives one value for each of two or more classes.");
        _engine.AddSum(node, value);
        return map.Channels;
    }

    private void CheckLeadsOn(NirNode node)
    {
        if (!graph.TargetsOf[node.Name].Any())
            throw node.Damaged("nothing takes what it gives.");
    }

    private int? Metadata(string name, int least)
    {
        if (graph.Metadata is not { } metadata || !metadata.Has(name))
            return null;
        int value = metadata.Integer(name);
        return value >= least ? value : throw metadata.Damaged($"'{name}' is {value}.");
    }

    private LabelValues? Labels(int classes)
    {
        if (options.ClassLabels is { } given)
        {
            return given.Count == classes && !given.Contains(null!) ? LabelValues.FromText(given)
                : throw new ArgumentException(
                    $"The graph has {classes} outputs, but the options have {given.Count} ClassLabels, or one that is null.",
                    nameof(options));
        }
        if (graph.Metadata is not { } metadata || !metadata.Has(NirNames.ClassLabels))
            return null;
        try
        {
            using var json = JsonDocument.Parse(metadata.Text(NirNames.ClassLabels));
            ImmutableArray<JsonElement> labels = [.. json.RootElement.EnumerateArray()];
            if (labels.Length == classes)
            {
                if (labels.All(label => label.ValueKind == JsonValueKind.String))
                    return LabelValues.FromText(labels.Select(label => label.GetString()!));
                double[] numbers = [.. labels.Select(label => label.GetDouble())];
                return Array.TrueForAll(numbers, double.IsFinite) ? LabelValues.FromNumbers(numbers) : throw new FormatException();
            }
            throw metadata.Damaged($"'{NirNames.ClassLabels}' are {labels.Length} names of {classes} classes.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw metadata.Damaged($"'{NirNames.ClassLabels}' is no JSON array of texts or numbers.");
        }
    }
}
