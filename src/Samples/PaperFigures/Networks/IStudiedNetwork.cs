using Microsoft.ML.Snn;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PaperFigures.Networks;

/// <summary>A network that is measured and trained: the product's, or one of torch operations.</summary>
internal interface IStudiedNetwork : IDisposable
{
    IReadOnlyList<(string Name, Parameter Value)> Parameters { get; }

    /// <summary>Of the last forward pass, one a layer of spiking neurons, from input to output.</summary>
    IReadOnlyList<LayerFiringRate> FiringRates { get; }

    /// <summary>Images [N, C, H, W] -> outputs [T, N, classes].</summary>
    Tensor Forward(Tensor images, int timeSteps, bool training);

    /// <summary>Adds the gradients of what the last <see cref="Forward"/> gave.</summary>
    void Backward(Tensor loss);

    /// <summary>The names of the weights that lead to a layer of neurons.</summary>
    IEnumerable<string> WeightsInto(string layer);
}
