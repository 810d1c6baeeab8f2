using Microsoft.ML.Snn.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace PaperFigures.Measurements;

/// <summary>Norms of the gradients by the currents of each layer of neurons.</summary>
internal sealed class GradientTap : INeuronTap
{
    private readonly Dictionary<string, double> _norms = [];

    /// <summary>Names of the layers, from input to output, since <see cref="Clear"/>.</summary>
    public List<string> Layers { get; } = [];

    /// <summary>||dL/dx|| of a layer; 0 where no gradient has come.</summary>
    public double Norm(string layer) => _norms.GetValueOrDefault(layer);

    public void Clear()
    {
        Layers.Clear();
        _norms.Clear();
    }

    public void Forward(string layer, Tensor current, LifCall call) => Layers.Add(layer);

    public void Backward(string layer, Tensor gradient)
    {
        using Tensor norm = gradient.norm();
        _norms[layer] = norm.ToDouble();
    }
}
