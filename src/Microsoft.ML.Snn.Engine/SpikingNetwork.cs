using System.Collections.Immutable;

namespace Microsoft.ML.Snn;

/// <summary>
/// A trained spiking network ready to score: batch normalization is folded into the weights, and a managed engine runs it, without any
/// native library. Immutable except for <see cref="Threads"/>, and safe to use from many threads at once: membrane potentials live in the
/// call.
/// </summary>
/// <remarks>
/// Scores do not depend on the number of threads, on the number of rows in a call, or on the processor's vector width: they are equal to
/// the last bit everywhere.
/// </remarks>
public sealed partial class SpikingNetwork
{
    private readonly NetworkGraph<float> _structure;
    private readonly ImmutableArray<SpikingLayer> _layers;
    private readonly Lock _lock = new();
    private readonly Stack<ScoringCall> _idle = [], _idleStepByStep = [];
    private int _threads = 1;

    /// <exception cref="InvalidDataException">The graph is not a valid one.</exception>
    internal SpikingNetwork(NetworkGraph<float> graph)
        : this(graph, graph.Nodes)
    {
    }

    /// <param name="graph">What is known but for the nodes.</param>
    /// <param name="nodes">The nodes: taken one by one, so that not all of their weights need be in memory at once.</param>
    /// <exception cref="InvalidDataException">The graph is not a valid one.</exception>
    internal SpikingNetwork(NetworkGraph<float> graph, IEnumerable<NetworkNode<float>> nodes)
    {
        (_layers, _structure) = SpikingLayerCompiler.Compile(graph, nodes);
        InputShape = graph.InputHasTimeSteps
            ? [graph.TimeSteps, graph.Channels, graph.Height, graph.Width] : [graph.Channels, graph.Height, graph.Width];
        FeatureCount = InputShape.Aggregate((product, size) => product * size);
        ParameterCount = _structure.Nodes.Sum(node => node switch
        {
            ConvolutionNode<float> n => (long)n.In * n.Out * n.Kernel * n.Kernel + n.Out,
            LinearNode<float> n => (long)n.In * n.Out + n.Out,
            AffineNode<float> n => n.Scale.LongLength + n.Offset.Length,
            InputAffineNode<float> n => n.Scale.LongLength + n.Offset.Length,
            _ => 0,
        });
    }

    /// <summary>Number of time steps T.</summary>
    public int TimeSteps => _structure.TimeSteps;

    /// <summary>Shape of one row of features: [C, H, W] (presented at every step), or [T, C, H, W] (one slice a step).</summary>
    public IReadOnlyList<int> InputShape { get; }

    /// <summary>Number of features of a row: the product of <see cref="InputShape"/>.</summary>
    public int FeatureCount { get; }

    /// <summary>Number of classes.</summary>
    public int ClassCount => _structure.Classes;

    /// <summary>The classes' names in the order of the scores, where known.</summary>
    public ClassLabels? ClassLabels => _structure.Labels;

    /// <summary>Number of weights, biases, scales and offsets after folding.</summary>
    public long ParameterCount { get; }

    /// <summary>Whether the weights have 8 bits.</summary>
    public bool IsQuantized =>
        _structure.Nodes.Any(node => node is ConvolutionNode<float> { Unit: not null } or LinearNode<float> { Unit: not null });

    /// <summary>
    /// Threads that share the work inside one row, at least 1. Default 1: best where rows are scored on several threads, as ML.NET's
    /// cursors do. Calls that run at the same time share the helping threads, so cores are not oversubscribed. Not saved with the network.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Threads
    {
        get => _threads;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _threads = value;
        }
    }

    /// <summary>The width of the vectors to compute with.</summary>
    internal VectorWidth VectorWidth { get; set; } = VectorWidths.Best;

    /// <summary>Scores rows: the probability of each class, the softmax of the output averaged over time (Eq. 11).</summary>
    /// <param name="features">Row after row of <see cref="FeatureCount"/> values, each in the order of <see cref="InputShape"/>.</param>
    /// <param name="rows">Number of rows; 0 or more.</param>
    /// <param name="scores">Takes row after row of <see cref="ClassCount"/> probabilities.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is negative.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="features"/> or <paramref name="scores"/> has another length than <paramref name="rows"/> ask for, or a feature is
    /// NaN or infinite (the message names row and index; no score is written then).
    /// </exception>
    public void Score(ReadOnlySpan<float> features, int rows, Span<float> scores)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        CheckFeatures(features, rows);
        if (scores.Length != (long)rows * ClassCount)
            throw new ArgumentException($"{rows} rows have {(long)rows * ClassCount} scores, not {scores.Length}.", nameof(scores));

        ScoringCall call = Rent(stepByStep: false);
        try
        {
            for (int row = 0; row < rows; row++)
                call.Score(features.Slice(row * FeatureCount, FeatureCount), EarlyExit.Never, scores.Slice(row * ClassCount, ClassCount));
        }
        finally
        {
            Return(call);
        }
    }

    /// <summary>
    /// Scores one row, step by step, until its scores reach the exit's bound: the probability of each class, the softmax of the output
    /// averaged over the steps until then. The steps after that are not computed.
    /// </summary>
    /// <param name="features"><see cref="FeatureCount"/> values in the order of <see cref="InputShape"/>.</param>
    /// <param name="exit">When to stop.</param>
    /// <param name="scores">Takes <see cref="ClassCount"/> probabilities.</param>
    /// <returns>Number of time steps used, 1 to <see cref="TimeSteps"/>.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="features"/> or <paramref name="scores"/> has another length, or a feature is NaN or infinite (the message names its
    /// index).
    /// </exception>
    public int Score(ReadOnlySpan<float> features, EarlyExit exit, Span<float> scores)
    {
        ArgumentNullException.ThrowIfNull(exit);
        CheckFeatures(features, rows: 1);
        if (scores.Length != ClassCount)
            throw new ArgumentException($"A row has {ClassCount} scores, not {scores.Length}.", nameof(scores));

        ScoringCall call = Rent(stepByStep: !exit.IsNever);
        try
        {
            return call.Score(features, exit, scores);
        }
        finally
        {
            Return(call);
        }
    }

    /// <summary>Scores one row whose features are known to be good, and tells what is asked for.</summary>
    internal void Score(ReadOnlySpan<float> features, EarlyExit exit, RunDetails details, RunReport report)
    {
        ScoringCall call = Rent(stepByStep: !exit.IsNever);
        try
        {
            call.Score(features, exit, details, report);
        }
        finally
        {
            Return(call);
        }
    }

    /// <summary>The same network with 8-bit weights: a quarter of the size in a model's zip, half of it in memory, and faster.</summary>
    /// <returns>A new network; this one, where its weights have 8 bits already.</returns>
    /// <remarks>
    /// Each output channel of a layer that takes spikes gets a unit of its own, and weights are rounded to whole numbers of it, from -127
    /// to 127. The first convolution, which takes real numbers, the biases and the shortcuts' scales keep their precision. Scores change a
    /// little; they remain equal on every machine.
    /// </remarks>
    public SpikingNetwork Quantize() => IsQuantized ? this : new(Quantization.Quantize(ToGraph())) { Threads = Threads };

    /// <summary>The nodes, as they are stored; their weights are laid out anew at every call.</summary>
    internal NetworkGraph<float> ToGraph() => SpikingLayers.WithWeights(_structure, _layers);

    /// <summary>Scores one row and reports what happened inside: scores step by step, every spike, the operations that they cost.</summary>
    /// <param name="features"><see cref="FeatureCount"/> values in the order of <see cref="InputShape"/>.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="features"/> has another length, or a feature is NaN or infinite (the message names its index).
    /// </exception>
    public SpikingTrace Trace(ReadOnlySpan<float> features) => Trace(features, EarlyExit.Never);

    /// <summary>Scores one row, step by step, until its scores reach the exit's bound, and reports what happened inside.</summary>
    /// <param name="features"><see cref="FeatureCount"/> values in the order of <see cref="InputShape"/>.</param>
    /// <param name="exit">When to stop: what comes after that is not computed and not in the trace.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="features"/> has another length, or a feature is NaN or infinite (the message names its index).
    /// </exception>
    public SpikingTrace Trace(ReadOnlySpan<float> features, EarlyExit exit)
    {
        ArgumentNullException.ThrowIfNull(exit);
        CheckFeatures(features, rows: 1);
        ScoringCall call = Rent(stepByStep: !exit.IsNever);
        try
        {
            return call.Trace(features, exit);
        }
        finally
        {
            Return(call);
        }
    }

    /// <summary>The state of one sample on its way through the network, for callers that go step by step.</summary>
    internal NetworkRun CreateRun(int workers = 1, int blockSteps = SpikePatterns.MaxSteps) =>
        new(_structure, _layers, workers, blockSteps) { Width = VectorWidth };

    /// <summary>
    /// The state of a stream without end on its way through a network whose input has time steps, for
    /// <see cref="NetworkRun.AdvanceStream"/>.
    /// </summary>
    internal NetworkRun CreateStream(int workers) =>
        new(_structure with { TimeSteps = int.MaxValue }, _layers, workers, blockSteps: 1) { Width = VectorWidth };

    private void CheckFeatures(ReadOnlySpan<float> features, int rows)
    {
        if (features.Length != (long)rows * FeatureCount)
        {
            throw new ArgumentException(
                $"{rows} rows of {FeatureCount} features [{string.Join(", ", InputShape)}] are {(long)rows * FeatureCount} values, "
                + $"not {features.Length}.", nameof(features));
        }
        int bad = features.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
        if (bad >= 0)
        {
            throw new ArgumentException(
                $"Feature {bad % FeatureCount} of row {bad / FeatureCount} is {features[bad]}: replace missing values before scoring.",
                nameof(features));
        }
    }

    /// <summary>A call's memory; to be given back with <see cref="Return"/>.</summary>
    /// <param name="stepByStep">Whether each step is a block of its own, so that a row may stop after any.</param>
    internal ScoringCall Rent(bool stepByStep)
    {
        int threads = _threads, blockSteps = stepByStep ? 1 : SpikePatterns.MaxSteps;
        ScoringCall? call = null;
        lock (_lock)
        {
            // Those made for another number of threads are left to the garbage collector.
            while (Idle(blockSteps).TryPop(out call) && call.Threads != threads)
                call = null;
        }
        call ??= new(_structure, _layers, threads, blockSteps);
        call.Run.Width = VectorWidth;
        call.Team.Gather();
        return call;
    }

    /// <summary>Takes back what <see cref="Rent"/> gave.</summary>
    internal void Return(ScoringCall call)
    {
        call.Team.Release();
        lock (_lock)
            Idle(call.BlockSteps).Push(call);
    }

    private Stack<ScoringCall> Idle(int blockSteps) => blockSteps == 1 ? _idleStepByStep : _idle;
}
