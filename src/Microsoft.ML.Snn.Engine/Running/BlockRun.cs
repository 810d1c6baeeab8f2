using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Engine.Running;

/// <summary>One sample on its way through the network. Rented for a call and given back.</summary>
/// <remarks>
/// Steps are computed in blocks: <see cref="Begin"/>, then <see cref="Advance"/> as often as there are blocks. All blocks but the last have
/// as many steps as the run was made for; how steps are divided into blocks does not change any result. Longer blocks cost less: what fires
/// in several of their steps is added but once.
/// </remarks>
internal sealed unsafe class BlockRun : NetworkRun
{
    private readonly int _blockSteps;
    // Values of the sample that each step has of its own.
    private readonly int _stepLength;
    private readonly float[] _logits;

    /// <param name="network">The network.</param>
    /// <param name="workers">Number of threads that may compute at once.</param>
    /// <param name="blockSteps">Most steps in one block; null for as many as there can be.</param>
    public BlockRun(CompiledNetwork network, int workers, int? blockSteps = null)
        : this(network, workers, Math.Min(network.Structure.TimeSteps, blockSteps ?? network.BlockSteps), network.Structure)
    {
    }

    private BlockRun(CompiledNetwork network, int workers, int blockSteps, NetworkGraph<float> graph)
        : base(network, workers, blockSteps, isOneBlock: graph.TimeSteps <= blockSteps)
    {
        TimeSteps = graph.TimeSteps;
        _blockSteps = blockSteps;
        _stepLength = graph.InputHasTimeSteps ? graph.Channels * graph.Height * graph.Width : 0;
        _logits = new float[graph.Classes];
    }

    public int TimeSteps { get; }

    /// <summary>The first time step of the current block.</summary>
    public int FirstStep { get; private set; }

    /// <summary>Whether every step is computed.</summary>
    public bool IsComplete => FirstStep + Steps == TimeSteps;

    /// <summary>Starts with a new sample: every membrane potential is 0.</summary>
    /// <param name="countsOperations">Whether to keep a ledger for <see cref="NetworkRun.Operations"/>.</param>
    public void Begin(bool countsOperations = false)
    {
        FirstStep = 0;
        Clear(countsOperations);
    }

    /// <summary>Computes the next block of time steps.</summary>
    /// <param name="features">The sample, all steps of it.</param>
    /// <param name="team">Shares the work of each layer.</param>
    public void Advance(ReadOnlySpan<float> features, WorkerTeam team)
    {
        StartBlock(features);
        ComputeBlock(team);
    }

    /// <summary>The time steps of a new sample; each block is computed when its first step is asked for.</summary>
    /// <param name="features">The sample, all steps of it.</param>
    /// <param name="team">Shares the work of each layer.</param>
    /// <param name="countsOperations">Whether to keep a ledger for <see cref="NetworkRun.Operations"/>.</param>
    public RowSteps StepsOf(ReadOnlySpan<float> features, WorkerTeam team, bool countsOperations = false) =>
        new(this, features, team, countsOperations);

    /// <summary>Moves on to the next block of time steps, of which no layer is computed yet.</summary>
    /// <param name="features">The sample, all steps of it.</param>
    public void StartBlock(ReadOnlySpan<float> features)
    {
        FirstStep += Steps;
        StartBlock(Math.Min(_blockSteps, TimeSteps - FirstStep), features[(FirstStep * _stepLength)..]);
    }

    /// <summary>The softmax of the last layer's output, averaged over the steps until this one of the block (Eq. 11).</summary>
    public void ReadScores(int step, Span<float> scores)
    {
        float* sums = State.ScoresAfter(step);
        for (int c = 0; c < _logits.Length; c++)
            _logits[c] = sums[c] / (FirstStep + step + 1);
        Softmax.Apply(_logits, scores);
    }
}
