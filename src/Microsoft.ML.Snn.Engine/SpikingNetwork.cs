using Microsoft.ML.Snn.Engine.Format;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn;

/// <summary>
/// A trained spiking network ready to score: batch normalization is folded into the weights, and a managed engine runs it, without any
/// native library. Immutable, and safe to use from many threads at once: membrane potentials live in the call.
/// </summary>
/// <remarks>
/// Scores do not depend on the number of threads, on the number of rows in a call, or on the processor's vector width: they are equal to
/// the last bit everywhere.
/// </remarks>
public sealed partial class SpikingNetwork
{
    private readonly CompiledNetwork _compiled;
    private readonly CallPool _calls;
    // All weights are gone through for it, but once.
    private readonly Lazy<ulong> _fingerprint;

    /// <exception cref="InvalidDataException">The graph is not a valid one.</exception>
    internal SpikingNetwork(NetworkGraph<float> graph)
        : this(graph, graph.Nodes)
    {
    }

    /// <param name="graph">What is known but for the nodes.</param>
    /// <param name="nodes">The nodes: taken one by one, so that not all of their weights need be in memory at once.</param>
    /// <exception cref="InvalidDataException">The graph is not a valid one.</exception>
    internal SpikingNetwork(NetworkGraph<float> graph, IEnumerable<NetworkNode<float>> nodes)
        : this(SpikingLayerCompiler.Compile(graph, nodes), threads: 1, fingerprint: null)
    {
    }

    private SpikingNetwork(CompiledNetwork compiled, int threads, Lazy<ulong>? fingerprint)
    {
        _compiled = compiled;
        _fingerprint = fingerprint ?? new(() => NetworkFormat.Fingerprint(compiled.ToGraph()));
        _calls = new(compiled, threads);
        NetworkGraph<float> graph = compiled.Structure;
        InputShape = graph.InputHasTimeSteps
            ? [graph.TimeSteps, graph.Channels, graph.Height, graph.Width] : [graph.Channels, graph.Height, graph.Width];
        FeatureCount = InputShape.Aggregate((product, size) => product * size);
        ParameterCount = graph.Nodes.Sum(node => node.ParameterCount);
        Layers = [.. graph.Nodes.Select(node => new NetworkLayer(
            node, compiled.Signals[node.Inputs[0]], compiled.Signals[node.Name], () => compiled.Weights((WeightedNode<float>)node)))];
        Threads = threads;
    }

    /// <summary>Number of time steps T.</summary>
    public int TimeSteps => _compiled.Structure.TimeSteps;

    /// <summary>Shape of one row of features: [C, H, W] (presented at every step), or [T, C, H, W] (one slice a step).</summary>
    public IReadOnlyList<int> InputShape { get; }

    /// <summary>Number of features of a row: the product of <see cref="InputShape"/>.</summary>
    public int FeatureCount { get; }

    /// <summary>Number of classes.</summary>
    public int ClassCount => _compiled.Structure.Classes;

    /// <summary>
    /// The classes' names in the order of the scores, numbers in the invariant culture; null where the network was trained without names.
    /// </summary>
    public IReadOnlyList<string>? ClassLabels => Labels;

    /// <summary>The same as text or numbers.</summary>
    internal LabelValues? Labels => _compiled.Structure.Labels;

    /// <summary>Number of weights, biases, scales and offsets after folding.</summary>
    public long ParameterCount { get; }

    /// <summary>Whether the weights have 8 bits.</summary>
    public bool IsQuantized => _compiled.Structure.Nodes.Any(node => node is WeightedNode<float> { Unit: not null });

    /// <summary>
    /// The layers in the order of computation, each after those that it takes its input from; the last one gives the output of a time step,
    /// before average and softmax.
    /// </summary>
    public IReadOnlyList<NetworkLayer> Layers { get; }

    /// <summary>
    /// Threads that share the work inside one row, at least 1. Default 1: best where rows are scored on several threads, as ML.NET's
    /// cursors do. Calls that run at the same time share the helping threads, so cores are not oversubscribed. Not saved with the network.
    /// To change it, see <see cref="WithThreads"/>.
    /// </summary>
    public int Threads { get; }

    /// <summary>Tells the network from others: it has the same wherever it is loaded.</summary>
    internal ulong Fingerprint => _fingerprint.Value;

    /// <summary>The width of the vectors to compute with.</summary>
    internal VectorWidth VectorWidth { get; set; } = VectorWidths.Best;

    /// <summary>The same network with another number of threads; both share their weights.</summary>
    /// <param name="threads">Threads that share the work inside one row, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is less than 1.</exception>
    public SpikingNetwork WithThreads(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        return threads == Threads ? this : new(_compiled, threads, _fingerprint) { VectorWidth = VectorWidth };
    }

    /// <summary>Scores rows: the probability of each class, the softmax of the output averaged over time (Eq. 11).</summary>
    /// <param name="features">
    /// Row after row of <see cref="FeatureCount"/> values, each in the order of <see cref="InputShape"/>; any number of rows.
    /// </param>
    /// <param name="scores">Takes row after row of <see cref="ClassCount"/> probabilities, as many rows as there are of features.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="features"/> are no whole rows, <paramref name="scores"/> has another length than they ask for, or a feature is NaN
    /// or infinite (the message names row and index; no score is written then).
    /// </exception>
    public void Score(ReadOnlySpan<float> features, Span<float> scores)
    {
        int rows = CountRows(features);
        if (scores.Length != (long)rows * ClassCount)
        {
            throw new ArgumentException(
                $"{rows} rows of features take {(long)rows * ClassCount} scores, {ClassCount} each, not {scores.Length}.", nameof(scores));
        }
        using ScoringCall call = Rent(stepByStep: false);
        for (int row = 0; row < rows; row++)
            call.Score(features.Slice(row * FeatureCount, FeatureCount), EarlyExit.Never, scores.Slice(row * ClassCount, ClassCount));
    }

    /// <summary>
    /// Scores one row, step by step, until its scores reach the exit's bound: the probability of each class, the softmax of the output
    /// averaged over the steps until then. The steps after that are not computed.
    /// </summary>
    /// <param name="features"><see cref="FeatureCount"/> values in the order of <see cref="InputShape"/>.</param>
    /// <param name="scores">Takes <see cref="ClassCount"/> probabilities.</param>
    /// <param name="exit">When to stop.</param>
    /// <returns>Number of time steps used, 1 to <see cref="TimeSteps"/>.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="features"/> or <paramref name="scores"/> has another length, or a feature is NaN or infinite (the message names its
    /// index).
    /// </exception>
    public int ScoreUntil(ReadOnlySpan<float> features, Span<float> scores, EarlyExit exit)
    {
        ArgumentNullException.ThrowIfNull(exit);
        CheckRow(features);
        if (scores.Length != ClassCount)
            throw new ArgumentException($"A row has {ClassCount} scores, not {scores.Length}.", nameof(scores));
        using ScoringCall call = Rent(stepByStep: !exit.IsNever);
        return call.Score(features, exit, scores);
    }

    /// <summary>The class of one row: that of the highest score, the first one of several.</summary>
    /// <param name="features"><see cref="FeatureCount"/> values in the order of <see cref="InputShape"/>.</param>
    /// <returns>The index of the class, 0 to <see cref="ClassCount"/> - 1; where known, <see cref="ClassLabels"/> has its name.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="features"/> has another length, or a feature is NaN or infinite (the message names its index).
    /// </exception>
    public int Predict(ReadOnlySpan<float> features) => Predict(features, EarlyExit.Never);

    /// <summary>The class of one row, scored step by step until its scores reach the exit's bound.</summary>
    /// <param name="features"><see cref="FeatureCount"/> values in the order of <see cref="InputShape"/>.</param>
    /// <param name="exit">When to stop.</param>
    /// <returns>The index of the class, 0 to <see cref="ClassCount"/> - 1.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="features"/> has another length, or a feature is NaN or infinite (the message names its index).
    /// </exception>
    public int Predict(ReadOnlySpan<float> features, EarlyExit exit)
    {
        ArgumentNullException.ThrowIfNull(exit);
        CheckRow(features);
        using ScoringCall call = Rent(stepByStep: !exit.IsNever);
        return call.Predict(features, exit);
    }

    /// <summary>The class of each row: that of the highest score, the first one of several.</summary>
    /// <param name="features">
    /// Row after row of <see cref="FeatureCount"/> values, each in the order of <see cref="InputShape"/>; any number of rows.
    /// </param>
    /// <param name="classes">Takes the index of each row's class, 0 to <see cref="ClassCount"/> - 1.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="features"/> are no whole rows, <paramref name="classes"/> has another length than there are rows, or a feature is
    /// NaN or infinite (the message names row and index; no class is written then).
    /// </exception>
    public void Predict(ReadOnlySpan<float> features, Span<int> classes)
    {
        int rows = CountRows(features);
        if (classes.Length != rows)
            throw new ArgumentException($"{rows} rows of features have {rows} classes, not {classes.Length}.", nameof(classes));
        using ScoringCall call = Rent(stepByStep: false);
        for (int row = 0; row < rows; row++)
            classes[row] = call.Predict(features.Slice(row * FeatureCount, FeatureCount), EarlyExit.Never);
    }

    /// <summary>Scores one row whose features are known to be good, and tells what is asked for.</summary>
    internal void Score(ReadOnlySpan<float> features, EarlyExit exit, RunDetails details, RunReport report)
    {
        using ScoringCall call = Rent(stepByStep: !exit.IsNever);
        call.Score(features, exit, details, report);
    }

    /// <summary>Scores one row and reports what happened inside: scores step by step, every spike, the operations that they cost.</summary>
    /// <param name="features"><see cref="FeatureCount"/> values in the order of <see cref="InputShape"/>.</param>
    /// <param name="exit">
    /// When to stop: what comes after that is not computed and not in the trace. Null (default): never, as with
    /// <see cref="EarlyExit.Never"/>.
    /// </param>
    /// <param name="potentials">
    /// Whether the trace has the input and membrane potential of each neuron in each step too, which take 8 bytes. Default false.
    /// </param>
    /// <exception cref="ArgumentException">
    /// <paramref name="features"/> has another length, or a feature is NaN or infinite (the message names its index).
    /// </exception>
    public SpikingTrace Trace(ReadOnlySpan<float> features, EarlyExit? exit = null, bool potentials = false)
    {
        exit ??= EarlyExit.Never;
        CheckRow(features);
        using ScoringCall call = Rent(stepByStep: !exit.IsNever);
        return call.Trace(features, exit, potentials);
    }

    /// <summary>The same network with 8-bit weights: a quarter of the size in a model's zip, half of it in memory, and faster.</summary>
    /// <returns>A new network; this one, where its weights have 8 bits already.</returns>
    /// <remarks>
    /// Each output channel of a layer that takes spikes gets a unit of its own, and weights are rounded to whole numbers of it, from -127
    /// to 127. The first convolution, which takes real numbers, the biases and the shortcuts' scales keep their precision. Scores change a
    /// little; they remain equal on every machine.
    /// </remarks>
    public SpikingNetwork Quantize() =>
        IsQuantized ? this : new SpikingNetwork(Quantization.Quantize(ToGraph())).WithThreads(Threads);

    /// <summary>The nodes, as they are stored; their weights are laid out anew at every call.</summary>
    internal NetworkGraph<float> ToGraph() => _compiled.ToGraph();

    /// <summary>The state of one sample on its way through the network, for callers that go step by step.</summary>
    internal BlockRun CreateRun(int workers = 1, int? blockSteps = null) =>
        new(_compiled, workers, blockSteps) { Width = VectorWidth };

    /// <summary>The state of a stream without end on its way through a network whose input has time steps.</summary>
    internal StreamRun CreateStream(int workers) => new(_compiled, workers) { Width = VectorWidth };

    /// <summary>A call's memory; disposing gives it back.</summary>
    /// <param name="stepByStep">Whether each step is a block of its own, so that a row may stop after any.</param>
    internal ScoringCall Rent(bool stepByStep) => _calls.Rent(stepByStep, VectorWidth);

    private int CountRows(ReadOnlySpan<float> features)
    {
        if (features.Length % FeatureCount != 0)
        {
            throw new ArgumentException(
                $"{features.Length} values are no whole rows of {FeatureCount} features [{string.Join(", ", InputShape)}].",
                nameof(features));
        }
        CheckFinite(features);
        return features.Length / FeatureCount;
    }

    private void CheckRow(ReadOnlySpan<float> features)
    {
        if (features.Length != FeatureCount)
        {
            throw new ArgumentException(
                $"A row has {FeatureCount} features [{string.Join(", ", InputShape)}], not {features.Length}.", nameof(features));
        }
        CheckFinite(features);
    }

    private void CheckFinite(ReadOnlySpan<float> features)
    {
        int bad = features.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
        if (bad >= 0)
        {
            throw new ArgumentException(
                $"Feature {bad % FeatureCount} of row {bad / FeatureCount} is {features[bad]}: replace missing values before scoring.",
                nameof(features));
        }
    }
}
