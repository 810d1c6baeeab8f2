using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Engine.Running;

/// <summary>The time steps of one row, to be gone through with foreach, to the end or less far.</summary>
internal ref struct RowSteps
{
    private readonly BlockRun _run;
    private readonly WorkerTeam _team;
    private readonly ReadOnlySpan<float> _features;
    private int _step;

    public RowSteps(BlockRun run, ReadOnlySpan<float> features, WorkerTeam team, bool countsOperations)
    {
        _run = run;
        _team = team;
        _features = features;
        _step = -1;
        run.Begin(countsOperations);
    }

    public readonly RowStep Current => new(_run, _step);

    public readonly RowSteps GetEnumerator() => this;

    public bool MoveNext()
    {
        if (++_step < _run.Steps)
            return true;
        if (_run.IsComplete)
            return false;
        _run.Advance(_features, _team);
        _step = 0;
        return true;
    }
}

/// <summary>A time step of a row that is computed. Good until the row's next block of steps.</summary>
/// <param name="run">Runs the row.</param>
/// <param name="step">The step, counted in its block.</param>
internal readonly struct RowStep(BlockRun run, int step)
{
    /// <summary>From 0.</summary>
    public int Number => run.FirstStep + step;

    /// <summary>Whether it is the last of the network's time steps.</summary>
    public bool IsLast => Number == run.TimeSteps - 1;

    /// <summary>The probability of each class after this step.</summary>
    public void ReadScores(Span<float> scores) => run.ReadScores(step, scores);

    /// <summary>Spikes of one layer in this step: [slots, H, W, words].</summary>
    public ReadOnlySpan<ulong> Spikes(int layer) => run.SpikesOf(layer, step);

    /// <summary>Spikes of all layers in this step.</summary>
    public long CountSpikes()
    {
        long spikes = 0;
        for (int layer = 0; layer < run.Layers.Length - 1; layer++)
            spikes += SpikeBits.Count(Spikes(layer), run.Slots);
        return spikes;
    }

    /// <summary>Neurons that send other numbers of spikes than in the same step of another network of the same shape.</summary>
    public long CountDifferences(RowStep other)
    {
        long differences = 0;
        for (int layer = 0; layer < run.Layers.Length - 1; layer++)
            differences += SpikeBits.CountDifferences(Spikes(layer), other.Spikes(layer), run.Slots);
        return differences;
    }
}
