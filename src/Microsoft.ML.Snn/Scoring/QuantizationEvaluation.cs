using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn;

/// <summary>A network and its 8-bit twin, side by side.</summary>
internal static class QuantizationEvaluation
{
    /// <exception cref="InvalidOperationException">No row can be judged.</exception>
    public static QuantizationMetrics Run(IHostEnvironment env, SpikingNetwork network, LabelledRows rows)
    {
        SpikingNetwork quantized = network.Quantize();
        ScoringCall real = network.Rent(stepByStep: false), rounded = quantized.Rent(stepByStep: false);
        try
        {
            long count = 0, right = 0, quantizedRight = 0, same = 0, spikes = 0, quantizedSpikes = 0, differences = 0;
            double scoreDifference = 0;
            float[] scores = new float[network.ClassCount], quantizedScores = new float[network.ClassCount];
            while (rows.MoveNext())
            {
                env.CheckAlive();
                real.Run.Begin();
                rounded.Run.Begin();
                while (!real.Run.IsComplete)
                {
                    real.Run.Advance(rows.Features, real.Team);
                    rounded.Run.Advance(rows.Features, rounded.Team);
                    spikes += real.Run.CountSpikes();
                    quantizedSpikes += rounded.Run.CountSpikes();
                    differences += real.Run.CountDifferences(rounded.Run);
                }
                real.ReadScores(real.Run.Steps - 1, scores);
                rounded.ReadScores(rounded.Run.Steps - 1, quantizedScores);
                int predicted = PredictedClass.Of(scores), quantizedPredicted = PredictedClass.Of(quantizedScores);
                count++;
                right += predicted == rows.Label ? 1 : 0;
                quantizedRight += quantizedPredicted == rows.Label ? 1 : 0;
                same += predicted == quantizedPredicted ? 1 : 0;
                for (int c = 0; c < scores.Length; c++)
                    scoreDifference += Math.Abs((double)scores[c] - quantizedScores[c]);
            }
            LabelledRows.CheckCount(count);
            return new()
            {
                RowCount = count,
                Accuracy = (double)right / count,
                QuantizedAccuracy = (double)quantizedRight / count,
                Agreement = (double)same / count,
                MeanAbsoluteScoreDifference = scoreDifference / count / scores.Length,
                Spikes = spikes,
                QuantizedSpikes = quantizedSpikes,
                SpikeDifference = (double)differences / count / network.TimeSteps / real.Run.NeuronCount,
            };
        }
        finally
        {
            network.Return(real);
            quantized.Return(rounded);
        }
    }
}
