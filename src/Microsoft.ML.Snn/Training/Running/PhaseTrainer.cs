using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Torch;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.Data;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>Trains and evaluates a network, batch by batch, with the time steps and sample size of one phase.</summary>
internal sealed class PhaseTrainer : IDisposable
{
    /// <summary>
    /// A mean loss beyond it, in nats, gives the right classes a probability of e^-100: nothing that training comes back from.
    /// </summary>
    private const double MaxLoss = 100;

    private readonly BatchLoss _loss;
    private readonly NetworkOptimizer _optimizer;
    private readonly WeightAverage? _average;
    private readonly RankGroup _ranks;
    private readonly GradientExchange _exchange;
    private readonly GradientExchange? _statisticsExchange;

    /// <param name="plan">The run's.</param>
    /// <param name="phase">One of the plan's phases.</param>
    public PhaseTrainer(TrainingPlan plan, PhasePlan phase)
    {
        (_loss, Phase) = (new(plan, phase), phase);
        Network = new TrainableNetwork(
            phase.Network, plan.Neuron, plan.Reading.Seeds.Initialization, plan.Device, precision: plan.Precision, memory: plan.Memory,
            operationPenalty: plan.SynapticOperationPenalty, frozenBlocks: plan.Start?.FrozenBlocks,
            statisticsOver: plan.NormalizesOverRanks ? plan.Ranks : null);
        (_ranks, _exchange) = (plan.Ranks, new(plan.Ranks, plan.ExchangePrecision, overlaps: true));
        if (_exchange.Overlaps)
            Network.GradientReady = _exchange.Add;
        // Never in bfloat16: statistics are weights of the model.
        _statisticsExchange = plan.Ranks.IsAlone || plan.NormalizesOverRanks ? null : new(plan.Ranks, TrainingPrecision.Float32, overlaps: false);
        _optimizer = new(
            plan.Optimizer, plan.Precision.ProductType(), Network.Parameters,
            name => Network.IsFrozen(name) ? 0 : plan.Start?.RateOf(name) ?? 1);
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

    /// <summary>Overwrites those tensors that are given, before the first step.</summary>
    public void Begin(IReadOnlyDictionary<string, float[]> tensors)
    {
        Network.Overwrite(tensors);
        _average?.Import(Network.Export());
    }

    /// <summary>One step of the optimizer.</summary>
    /// <param name="batch">Samples to learn.</param>
    /// <param name="meanWeight">Mean of all samples' weights.</param>
    /// <param name="step">Counted from 0 over all epochs.</param>
    /// <param name="learningRate">Of this step.</param>
    public StepResult Step(Batch batch, double meanWeight, long step, double learningRate)
    {
        using DisposeScope scope = NewDisposeScope();
        var watch = Stopwatch.StartNew();
        _optimizer.ClearGradients();
        Network.BatchShare = (double)batch.Count / batch.Total;
        (Tensor loss, Tensor unweighted, Tensor correct, _) = _loss.Of(Network, batch, meanWeight, training: true);
        TimeSpan forward = watch.Elapsed;
        Network.Backward(loss);
        ExchangeGradients();
        if (_statisticsExchange is not null)
            AverageStatistics(_statisticsExchange);
        TimeSpan backward = watch.Elapsed - forward;
        _optimizer.Step(learningRate);
        _average?.Update(step);
        // Reading the numbers waits for a device to be done.
        IReadOnlyList<LayerFiringRate> rates = Network.FiringRates;
        double[] totals = _ranks.Sum(
            [loss.ToDouble(), unweighted.ToDouble(), correct.ToInt32(), .. rates.Select(layer => layer.Rate * Network.BatchShare)]);
        return new(totals[0], (int)totals[2], FindFault(totals[1]))
        {
            FiringRates = [.. rates.Zip(totals.Skip(3), (layer, rate) => new LayerFiringRate(layer.Name, rate))],
            Forward = forward,
            Backward = backward,
            Update = watch.Elapsed - forward - backward,
        };
    }

    /// <summary>Mean loss, number of correct answers, and the class that each sample is taken for; nothing changes.</summary>
    public (double Loss, int Correct, long[] Predicted) Evaluate(Batch batch, double meanWeight)
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        (Tensor loss, _, Tensor correct, Tensor predicted) = _loss.Of(Network, batch, meanWeight, training: false);
        return (loss.ToDouble(), correct.ToInt32(), predicted.cpu().data<long>().ToArray());
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
        _exchange.Dispose();
        _statisticsExchange?.Dispose();
        _average?.Dispose();
        _optimizer.Dispose();
        Network.Dispose();
    }

    /// <summary>Puts the sums over all ranks in the place of the gradients, of which some may be on their way already.</summary>
    private void ExchangeGradients()
    {
        foreach ((_, Parameter parameter) in Network.Parameters.Reverse())
        {
            if (parameter.grad is { } gradient)
                _exchange.Add(parameter, gradient);
        }
        _exchange.Finish(parameter => parameter.grad!);
    }

    /// <summary>Where each rank normalizes by its own samples: the running statistics of all ranks are the mean of theirs.</summary>
    private void AverageStatistics(GradientExchange exchange)
    {
        HashSet<string> parameters = [.. Network.Parameters.Select(parameter => parameter.Name)];
        Tensor[] statistics = [.. Network.Tensors
            .Where(tensor => !parameters.Contains(tensor.Name) && !Network.IsFrozen(tensor.Name)).Select(tensor => tensor.Value)];
        foreach (Tensor tensor in statistics)
            exchange.Add(tensor, tensor);
        exchange.Finish(tensor => tensor);
        using IDisposable mode = no_grad();
        foreach (Tensor tensor in statistics)
            tensor.div_(_ranks.Size);
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
}
