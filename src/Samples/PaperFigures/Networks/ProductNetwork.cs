using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PaperFigures.Networks;

/// <summary>The network that the product trains.</summary>
internal sealed class ProductNetwork(NetworkPlan plan, LifNeuronOptions neuron, int seed, INeuronTap? tap = null) : IStudiedNetwork
{
    private readonly TrainableNetwork _network = new(plan, neuron, seed, tap: tap);

    public IReadOnlyList<(string Name, Parameter Value)> Parameters => _network.Parameters;

    public IReadOnlyList<LayerFiringRate> FiringRates => _network.FiringRates;

    /// <summary>The paths from one tdBN to the next.</summary>
    public IReadOnlyList<SpikingBranch> Branches => _network.Branches;

    public Tensor Forward(Tensor images, int timeSteps, bool training) => _network.Forward(images, timeSteps, training);

    public void Backward(Tensor loss) => _network.Backward(loss);

    public IEnumerable<string> WeightsInto(string layer) => _network.WeightsInto(layer);

    /// <summary>The same network for the engine, batch normalization folded into the weights.</summary>
    public SpikingNetwork Fold(int timeSteps) => new(NetworkFolder.Round(NetworkFolder.Fold(new TrainedNetwork
    {
        Plan = plan, Neuron = neuron, Tensors = _network.Export(), TimeSteps = timeSteps, InputHasTimeSteps = false,
    })));

    public void Dispose() => _network.Dispose();
}
