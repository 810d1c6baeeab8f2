using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Training.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>What a network is trained to lower, with the time steps and sample size of one phase.</summary>
/// <param name="plan">The run's.</param>
/// <param name="phase">One of the plan's phases.</param>
internal sealed class BatchLoss(TrainingPlan plan, PhasePlan phase)
{
    /// <summary>
    /// The mean loss, the mean cross-entropy without the samples' weights, the number of correct answers and all answers, [N].
    /// </summary>
    /// <param name="network">The phase's.</param>
    /// <param name="batch">Samples.</param>
    /// <param name="meanWeight">Mean of all samples' weights.</param>
    /// <param name="training">
    /// See <see cref="TrainableNetwork.Forward"/>; only training smooths labels and has more terms than the cross-entropy.
    /// </param>
    public (Tensor Loss, Tensor Unweighted, Tensor Correct, Tensor Predicted) Of(
        TrainableNetwork network, Batch batch, double meanWeight, bool training)
    {
        return OfOutputs(Outputs(network, batch, training), batch, meanWeight, training);
    }

    /// <summary>What the network puts out at each step, [T, N, classes].</summary>
    public Tensor Outputs(TrainableNetwork network, Batch batch, bool training) =>
        network.Forward(Input(batch, network.Device), phase.TimeSteps, training);

    /// <summary>The same of what the network has put out, [T, N, classes].</summary>
    internal (Tensor Loss, Tensor Unweighted, Tensor Correct, Tensor Predicted) OfOutputs(
        Tensor outputs, Batch batch, double meanWeight, bool training)
    {
        int n = batch.Count, timeSteps = (int)outputs.shape[0];
        Tensor labels = tensor(batch.Labels, [n], dtype: ScalarType.Int64, device: outputs.device);
        Tensor mean = outputs.mean([0]);                                                     // Q of Eq. 11

        double smoothing = training ? plan.LabelSmoothing : 0;
        Tensor losses = Losses(labels);
        Tensor? weights = plan.IsWeighted ? Weights(batch.Weights) : null;
        Tensor weighted = weights is null ? losses : losses * weights;
        if (batch.Mix is { } mix)
        {
            // Cross-entropy is linear in the label: this is that of labels mixed with these shares, smoothed or not.
            Tensor share = tensor(mix.Shares, [n], dtype: ScalarType.Float32, device: outputs.device);
            Tensor otherLabels = tensor(mix.Labels, [n], dtype: ScalarType.Int64, device: outputs.device);
            Tensor own = losses * (1 - share), others = Losses(otherLabels) * share;
            losses = own + others;
            if (weights is not null)
            {
                Tensor otherWeights = Weights(mix.Weights);
                weighted = own * weights + others * otherWeights;
                weights = weights * (1 - share) + otherWeights * share;
            }
            else
            {
                weighted = losses;
            }
        }
        // Of a batch that ranks share, the share of this one's samples: the ranks' losses, and gradients, add up to the batch's.
        Tensor unweighted = Mean(losses);
        if (training)
        {
            weighted *= 1 - plan.Loss.Regularization;
            foreach (Tensor term in Terms(outputs, mean, batch))
                weighted += weights is null ? term : term * weights;
        }
        Tensor loss = Mean(weighted);
        using IDisposable mode = no_grad();
        Tensor predicted = mean.argmax(1);
        return (loss, unweighted, predicted.eq(labels).sum(), predicted);

        Tensor Mean(Tensor values) => batch.Total == n ? values.mean() : values.sum() / batch.Total;

        Tensor Losses(Tensor labels) => plan.Loss.IsPerStep
            ? CrossEntropy(outputs.flatten(0, 1), labels.repeat(timeSteps), smoothing).view(timeSteps, n).mean([0])
            : CrossEntropy(mean, labels, smoothing);                                         // Eq. 12

        // Weights are relative to their mean, so that the learning rate means the same with and without them.
        Tensor Weights(float[] weights) => tensor(weights, [n], dtype: ScalarType.Float32, device: outputs.device) / meanWeight;
    }

    /// <summary>[N, C, H, W] or [T, N, C, H, W] in the phase's size.</summary>
    private Tensor Input(Batch batch, Device device)
    {
        SampleShape sample = plan.Shape;
        int n = batch.Count;
        long[] shape = [n * (long)(sample.Slices ?? 1), sample.Channels, sample.Height, sample.Width];
        Tensor input = tensor(batch.Features, shape, dtype: ScalarType.Float32, device: device);
        int height = phase.Network.Height, width = phase.Network.Width;
        if (height != sample.Height || width != sample.Width)
            input = nn.functional.adaptive_avg_pool2d(input, [height, width]);
        return sample.Slices is { } slices
            ? input.view(n, slices, sample.Channels, height, width).transpose(0, 1).contiguous()
            : input;
    }

    /// <summary>What the plan adds to the cross-entropy of each sample, [N]: TET's regularization and distillations.</summary>
    private IEnumerable<Tensor> Terms(Tensor outputs, Tensor mean, Batch batch)
    {
        if (plan.Loss.Regularization > 0)
            yield return (outputs - (plan.Loss.Target ?? plan.Neuron.Threshold)).square().mean([0L, 2L]) * plan.Loss.Regularization;
        // A single step, as early phases may have, has nothing to learn from itself.
        if (plan.SelfDistillation is { } self && outputs.shape[0] > 1)
            yield return Divergence((mean.detach() / self.Temperature).softmax(1), outputs, self.Temperature) * self.Weight;
        if (plan.TeacherDistillation is { } distillation)
        {
            Tensor teacher = tensor(batch.Teacher, mean.shape, dtype: ScalarType.Float32, device: outputs.device);
            yield return Divergence(teacher, outputs, distillation.Temperature) * distillation.Weight;
        }
    }

    /// <summary>
    /// KL(teacher || softmax(z[t] / temperature)), averaged over the steps, times the temperature's square, by which gradients would
    /// otherwise be shorter: [N].
    /// </summary>
    /// <param name="teacher">Probabilities at this temperature, [N, classes]; constants.</param>
    /// <param name="outputs">z, [T, N, classes].</param>
    /// <param name="temperature">Above 0.</param>
    private static Tensor Divergence(Tensor teacher, Tensor outputs, double temperature)
    {
        Tensor student = (outputs / temperature).log_softmax(2);
        Tensor terms = nn.functional.kl_div(student, teacher.expand_as(student), log_target: false, nn.Reduction.None);
        return terms.sum(2).mean([0L]) * (temperature * temperature);
    }

    private static Tensor CrossEntropy(Tensor outputs, Tensor labels, double smoothing) =>
        nn.functional.cross_entropy(outputs, labels, reduction: nn.Reduction.None, label_smoothing: smoothing);
}
