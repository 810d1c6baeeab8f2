using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>Exponential moving averages of a network's tensors, running statistics included, over the steps of its training.</summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly TrainableNetwork _network;
    private readonly double _decay;
    private readonly Tensor[] _averages;

    public WeightAverage(TrainableNetwork network, double decay)
    {
        (_network, _decay) = (network, decay);
        using IDisposable mode = no_grad();
        _averages = [.. network.Tensors.Select(tensor => tensor.Value.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>Takes in what a step has changed.</summary>
    /// <param name="step">
    /// Counted from 0 over all epochs: the first ones weigh more, so that the initial weights are soon forgotten.
    /// </param>
    public void Update(long step)
    {
        double decay = Math.Min(_decay, (step + 1) / (step + 10.0));
        using IDisposable mode = no_grad();
        using Scalar kept = decay, added = 1 - decay;
        foreach ((Tensor average, (string name, Tensor value)) in _averages.Zip(_network.Tensors))
        {
            // The mean of equal numbers would not be quite the same number.
            if (!_network.IsFrozen(name))
                average.mul_(kept).add_(value, added);
        }
    }

    public IReadOnlyDictionary<string, float[]> Export() =>
        _network.Tensors.Zip(_averages).ToDictionary(pair => pair.First.Name, pair => TensorMemory.ToArray(pair.Second));

    public void Import(IReadOnlyDictionary<string, float[]> averages)
    {
        using IDisposable mode = no_grad();
        foreach ((Tensor average, (string name, _)) in _averages.Zip(_network.Tensors))
        {
            using Tensor source = TensorMemory.FromArray(averages[name], average.shape);
            average.copy_(source);
        }
    }

    public void Dispose()
    {
        foreach (Tensor average in _averages)
            average.Dispose();
    }
}
