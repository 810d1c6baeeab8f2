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
    /// <summary>The mean loss, the one that samples' weights leave out, the number of correct answers and all answers, [N].</summary>
    /// <param name="network">The phase's.</param>
    /// <param name="batch">Samples.</param>
    /// <param name="meanWeight">Mean of all samples' weights.</param>
    /// <param name="training">See <see cref="TrainableNetwork.Forward"/>; only training smooths labels.</param>
    public (Tensor Loss, Tensor Unweighted, Tensor Correct, Tensor Predicted) Of(
        TrainableNetwork network, Batch batch, double meanWeight, bool training)
    {
        int n = batch.Count, timeSteps = phase.TimeSteps;
        Tensor labels = tensor(batch.Labels, [n], dtype: ScalarType.Int64, device: network.Device);
        Tensor outputs = network.Forward(Input(batch, network.Device), timeSteps, training); // [T, N, classes]
        Tensor mean = outputs.mean([0]);                                                     // Q of Eq. 11

        double smoothing = training ? plan.LabelSmoothing : 0;
        Tensor losses = Losses(labels), unweighted, loss;
        if (batch.Mix is { } mix)
        {
            (unweighted, loss) = Mixed(losses, Losses(tensor(mix.Labels, [n], dtype: ScalarType.Int64, device: network.Device)), mix);
        }
        else
        {
            unweighted = loss = losses.mean();
            if (plan.IsWeighted)
                loss = (losses * Weights(batch.Weights)).mean();
        }
        using IDisposable mode = no_grad();
        Tensor predicted = mean.argmax(1);
        return (loss, unweighted, predicted.eq(labels).sum(), predicted);

        Tensor Losses(Tensor labels) => plan.Loss == SpikingLoss.Temporal
            ? CrossEntropy(outputs.flatten(0, 1), labels.repeat(timeSteps), smoothing).view(timeSteps, n).mean([0])
            : CrossEntropy(mean, labels, smoothing);                                         // Eq. 12

        // Cross-entropy is linear in the label: this is that of labels mixed with these shares, smoothed or not.
        (Tensor Unweighted, Tensor Loss) Mixed(Tensor own, Tensor others, LabelMix mix)
        {
            Tensor share = tensor(mix.Shares, [n], dtype: ScalarType.Float32, device: network.Device);
            (own, others) = ((1 - share) * own, share * others);
            Tensor unweighted = (own + others).mean();
            return (unweighted, plan.IsWeighted ? (own * Weights(batch.Weights) + others * Weights(mix.Weights)).mean() : unweighted);
        }

        // Weights are relative to their mean, so that the learning rate means the same with and without them.
        Tensor Weights(float[] weights) => tensor(weights, [n], dtype: ScalarType.Float32, device: network.Device) / meanWeight;
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

    private static Tensor CrossEntropy(Tensor outputs, Tensor labels, double smoothing) =>
        nn.functional.cross_entropy(outputs, labels, reduction: nn.Reduction.None, label_smoothing: smoothing);
}
