using System.Globalization;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Torch;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>Trains and evaluates a network, batch by batch, with the time steps and sample size of one phase.</summary>
internal sealed class PhaseTrainer : IDisposable
{
    /// <summary>
    /// A mean loss beyond it, in nats, gives the right classes a probability of e^-100: nothing that training comes back from.
    /// </summary>
    private const double MaxLoss = 100;

    private readonly TrainingPlan _plan;
    private readonly SampleShape _shape;
    private readonly NetworkOptimizer _optimizer;
    private readonly WeightAverage? _average;

    /// <param name="plan">The run's.</param>
    /// <param name="phase">One of the plan's phases.</param>
    public PhaseTrainer(TrainingPlan plan, PhasePlan phase)
    {
        (_plan, _shape, Phase) = (plan, plan.Shape, phase);
        Network = new TrainableNetwork(
            phase.Network, plan.Neuron, plan.Reading.Seeds.Initialization, plan.Device, precision: plan.Precision, memory: plan.Memory);
        _optimizer = new(plan.Optimizer, plan.Precision.ProductType(), Network.Parameters);
        _average = plan.WeightAverageDecay > 0 ? new WeightAverage(Network, plan.WeightAverageDecay) : null;
    }

    public PhasePlan Phase { get; }

    public TrainableNetwork Network { get; }

    /// <summary>The tensors of the model: averaged ones where the plan asks for them.</summary>
    public IReadOnlyDictionary<string, float[]> Result() => _average?.Export() ?? Network.Export();

    public TrainingState Save() => new(
        Network.Export(), _optimizer.Read(), _average?.Export() ?? new Dictionary<string, float[]>());

    public void Load(TrainingState state)
    {
        Network.Import(state.Tensors);
        _optimizer.Write(state.Momentum);
        _average?.Import(state.Average);
    }

    /// <summary>One step of the optimizer.</summary>
    /// <param name="batch">Samples to learn.</param>
    /// <param name="meanWeight">Mean of all samples' weights.</param>
    /// <param name="step">Counted from 0 over all epochs.</param>
    /// <param name="learningRate">Of this step.</param>
    public StepResult Step(Batch batch, double meanWeight, long step, double learningRate)
    {
        using DisposeScope scope = NewDisposeScope();
        _optimizer.ClearGradients();
        (Tensor loss, Tensor unweighted, Tensor correct) = Forward(batch, meanWeight, training: true);
        Network.Backward(loss);
        _optimizer.Step(learningRate);
        _average?.Update(step);
        return new(loss.ToDouble(), correct.ToInt32(), FindFault(unweighted.ToDouble()));
    }

    /// <summary>Mean loss and number of correct answers; nothing changes.</summary>
    public (double Loss, int Correct) Evaluate(Batch batch, double meanWeight)
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        (Tensor loss, _, Tensor correct) = Forward(batch, meanWeight, training: false);
        return (loss.ToDouble(), correct.ToInt32());
    }

    /// <summary>Runs what is to see the model's tensors, averaged or not, in the network.</summary>
    public T WithResult<T>(Func<T> action)
    {
        if (_average is null)
            return action();
        IReadOnlyDictionary<string, float[]> own = Network.Export();
        Network.Import(_average.Export());
        try
        {
            return action();
        }
        finally
        {
            Network.Import(own);
        }
    }

    public void Dispose()
    {
        _average?.Dispose();
        _optimizer.Dispose();
        Network.Dispose();
    }

    /// <summary>
    /// What is wrong after a step; null where nothing is. A gradient that is not finite shows in the weights that it has changed.
    /// </summary>
    private string? FindFault(double loss)
    {
        if (!(loss <= MaxLoss))
            return string.Create(CultureInfo.InvariantCulture, $"the loss is {loss:G4}");
        return Network.FindNonFinite() is { } tensor ? $"{tensor} is no longer finite" : null;
    }

    private (Tensor Loss, Tensor Unweighted, Tensor Correct) Forward(Batch batch, double meanWeight, bool training)
    {
        int n = batch.Count, timeSteps = Phase.TimeSteps;
        Tensor labels = tensor(batch.Labels, [n], dtype: ScalarType.Int64, device: Network.Device);
        Tensor outputs = Network.Forward(Input(batch), timeSteps, training);    // [T, N, classes]
        Tensor mean = outputs.mean([0]);                                        // Q of Eq. 11

        double smoothing = training ? _plan.LabelSmoothing : 0;
        Tensor losses = _plan.Loss == SpikingLoss.Temporal
            ? CrossEntropy(outputs.flatten(0, 1), labels.repeat(timeSteps), smoothing).view(timeSteps, n).mean([0])
            : CrossEntropy(mean, labels, smoothing);                            // Eq. 12
        Tensor unweighted = losses.mean(), loss = unweighted;
        if (_plan.IsWeighted)
        {
            // Weights are relative to their mean, so that the learning rate means the same with and without them.
            Tensor weights = tensor(batch.Weights, [n], dtype: ScalarType.Float32, device: Network.Device) / meanWeight;
            loss = (losses * weights).mean();
        }
        Tensor correct;
        using (no_grad())
            correct = mean.argmax(1).eq(labels).sum();
        return (loss, unweighted, correct);
    }

    /// <summary>[N, C, H, W] or [T, N, C, H, W] in the phase's size.</summary>
    private Tensor Input(Batch batch)
    {
        int n = batch.Count;
        long[] shape = [n * (long)(_shape.Slices ?? 1), _shape.Channels, _shape.Height, _shape.Width];
        Tensor input = tensor(batch.Features, shape, dtype: ScalarType.Float32, device: Network.Device);
        int height = Phase.Network.Height, width = Phase.Network.Width;
        if (height != _shape.Height || width != _shape.Width)
            input = nn.functional.adaptive_avg_pool2d(input, [height, width]);
        return _shape.Slices is { } slices
            ? input.view(n, slices, _shape.Channels, height, width).transpose(0, 1).contiguous()
            : input;
    }

    private static Tensor CrossEntropy(Tensor outputs, Tensor labels, double smoothing) =>
        nn.functional.cross_entropy(outputs, labels, reduction: nn.Reduction.None, label_smoothing: smoothing);
}
