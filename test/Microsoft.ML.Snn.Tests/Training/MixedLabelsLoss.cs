using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>The loss of mixed samples against the cross-entropy for soft labels, in plain loops.</summary>
public class MixedLabelsLoss
{
    private const int Count = 7, Classes = 3;

    private static readonly SampleShape _shape = TinyImages.Columns.Shape;

    public static TheoryData<bool, double, bool, TrainingPrecision> Cases
    {
        get
        {
            var cases = new TheoryData<bool, double, bool, TrainingPrecision>();
            foreach (bool isPerStep in (bool[])[false, true])
            {
                foreach (double smoothing in (double[])[0, 0.2])
                {
                    cases.Add(isPerStep, smoothing, false, TrainingPrecision.Float32);
                    cases.Add(isPerStep, smoothing, true, TrainingPrecision.Float32);
                    cases.Add(isPerStep, smoothing, true, TrainingPrecision.BFloat16);
                }
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_is_that_of_soft_labels(bool isPerStep, double smoothing, bool weighted, TrainingPrecision precision)
    {
        const double MeanWeight = 1.7;
        SpikingLoss loss = isPerStep ? SpikingLoss.Temporal : SpikingLoss.MeanCrossEntropy;
        SpikingResNetTrainer.Options options = TinyImages.Options();
        (options.Loss, options.LabelSmoothing, options.Precision) = (loss, smoothing, precision);
        options.ExampleWeightColumnName = weighted ? nameof(TinyImages.Row.Weight) : null;
        TrainingPlan plan = TinyImages.Plan(options);
        using DisposeScope scope = NewDisposeScope();
        using var trainer = new PhaseTrainer(plan, plan.Phases[^1]);
        Batch batch = Mixed();
        (Tensor mean, Tensor unweighted, Tensor correct, Tensor predicted) =
            new BatchLoss(plan, plan.Phases[^1]).Of(trainer.Network, batch, MeanWeight, training: true);
        Tensor input = tensor(batch.Features, [Count, _shape.Channels, _shape.Height, _shape.Width]);
        Tensor outputs = trainer.Network.Forward(input, plan.TimeSteps, training: true).detach();

        double[] each = [.. Enumerable.Range(0, Count).Select(n => SoftLoss(outputs, batch, n, loss, smoothing, weight: false))];
        double[] weights = [.. Enumerable.Range(0, Count).Select(n => SoftLoss(outputs, batch, n, loss, smoothing, weight: true))];
        Assert.Equal(each.Average(), unweighted.ToDouble(), 1e-4);
        Assert.Equal(weighted ? weights.Average() / MeanWeight : each.Average(), mean.ToDouble(), 1e-4);
        // The label that comes first is that of the larger share.
        long[] answers = predicted.data<long>().ToArray();
        Assert.Equal(answers.Where((answer, n) => answer == batch.Labels[n]).Count(), correct.ToInt32());
    }

    /// <summary>Cross-entropy for the sample's two labels in their shares, smoothed; each part times its own sample's weight.</summary>
    private static double SoftLoss(Tensor outputs, Batch batch, int n, SpikingLoss loss, double smoothing, bool weight)
    {
        int steps = (int)outputs.shape[0];
        float[] values = outputs.data<float>().ToArray();
        double[][] logits = [.. Enumerable.Range(0, steps)
            .Select(t => Enumerable.Range(0, Classes).Select(c => (double)values[(t * Count + n) * Classes + c]).ToArray())];
        if (loss == SpikingLoss.MeanCrossEntropy)
            logits = [[.. Enumerable.Range(0, Classes).Select(c => logits.Average(step => step[c]))]];
        double share = batch.Mix!.Shares[n];
        (double first, double second) = weight ? (batch.Weights[n], batch.Mix.Weights[n]) : (1, 1);
        double sum = 0;
        for (int c = 0; c < Classes; c++)
        {
            double label = (1 - share) * first * Smoothed(batch.Labels[n]) + share * second * Smoothed(batch.Mix.Labels[n]);
            sum -= logits.Average(step => label * (step[c] - Math.Log(step.Sum(Math.Exp))));

            double Smoothed(long right) => (right == c ? 1 - smoothing : 0) + smoothing / Classes;
        }
        return sum;
    }

    private static Batch Mixed()
    {
        var batch = new Batch(Count, _shape.Length) { Mix = new(Count) };
        TinyImages.Row[] rows = TinyImages.Rows(perClass: 3);
        for (int i = 0; i < Count; i++)
        {
            for (int pixel = 0; pixel < _shape.Length; pixel++)
                batch.Features[i * _shape.Length + pixel] = (rows[i].Features[pixel] - 60) / 60;
            (batch.Labels[i], batch.Mix.Labels[i]) = (i % Classes, (i + i / 3) % Classes);
            (batch.Weights[i], batch.Mix.Weights[i]) = (1 + i, 3 - i / 3f);
            batch.Mix.Shares[i] = i / 14f;
        }
        return batch;
    }
}
