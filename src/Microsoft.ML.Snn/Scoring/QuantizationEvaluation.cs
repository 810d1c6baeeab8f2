using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Engine.Running;

namespace Microsoft.ML.Snn.Scoring;

/// <summary>A network and its 8-bit twin, side by side.</summary>
internal static class QuantizationEvaluation
{
    /// <exception cref="InvalidOperationException">No row can be judged.</exception>
    public static QuantizationMetrics Run(IHostEnvironment env, SpikingNetwork network, LabeledRows rows)
    {
        SpikingNetwork quantized = network.Quantize();
        using ScoringCall real = network.Rent(stepByStep: false), rounded = quantized.Rent(stepByStep: false);
        var totals = new QuantizationTotals();
        float[] scores = new float[network.ClassCount], quantizedScores = new float[network.ClassCount];
        while (rows.MoveNext())
        {
            env.CheckAlive();
            RowSteps roundedSteps = rounded.Steps(rows.Features);
            foreach (RowStep step in real.Steps(rows.Features))
            {
                roundedSteps.MoveNext();
                RowStep roundedStep = roundedSteps.Current;
                totals.Spikes += step.CountSpikes();
                totals.QuantizedSpikes += roundedStep.CountSpikes();
                totals.Differences += step.CountDifferences(roundedStep);
                if (!step.IsLast)
                    continue;
                step.ReadScores(scores);
                roundedStep.ReadScores(quantizedScores);
            }
            totals.Add(scores, quantizedScores, rows.Label);
        }
        LabeledRows.CheckCount(totals.Rows);
        return new(totals, neuronSteps: real.Run.NeuronCount * network.TimeSteps, classes: network.ClassCount);
    }
}

/// <summary>Sums over rows.</summary>
internal sealed class QuantizationTotals
{
    public long Rows { get; private set; }

    public long Correct { get; private set; }

    public long QuantizedCorrect { get; private set; }

    /// <summary>Rows for which both predict the same class.</summary>
    public long Same { get; private set; }

    /// <summary>Of the probabilities of all classes.</summary>
    public double ScoreDifference { get; private set; }

    public long Spikes { get; set; }

    public long QuantizedSpikes { get; set; }

    /// <summary>Neurons and steps in which one fires and the other does not.</summary>
    public long Differences { get; set; }

    public void Add(ReadOnlySpan<float> scores, ReadOnlySpan<float> quantizedScores, int label)
    {
        int predicted = PredictedClass.Of(scores), quantizedPredicted = PredictedClass.Of(quantizedScores);
        Rows++;
        Correct += predicted == label ? 1 : 0;
        QuantizedCorrect += quantizedPredicted == label ? 1 : 0;
        Same += predicted == quantizedPredicted ? 1 : 0;
        for (int c = 0; c < scores.Length; c++)
            ScoreDifference += Math.Abs((double)scores[c] - quantizedScores[c]);
    }
}
