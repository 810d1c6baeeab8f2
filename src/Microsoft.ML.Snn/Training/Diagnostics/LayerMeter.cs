using Microsoft.ML.Snn.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Diagnostics;

/// <summary>Measures every layer of neurons in one forward and one backward pass.</summary>
internal sealed class LayerMeter : INeuronTap
{
    private readonly List<(string Name, LayerActivity Activity)> _layers = [];
    private readonly Dictionary<string, double> _gradients = [];
    private readonly Dictionary<string, Tensor> _currents = [];

    /// <summary>Whether currents are kept: see <see cref="TakeCurrents"/>.</summary>
    public bool KeepsCurrents { get; set; }

    /// <summary>What was measured since <see cref="Clear"/>.</summary>
    /// <param name="weightGradient">The norm of the gradient of the weights that lead to a layer.</param>
    public IReadOnlyList<LayerDiagnostics> Read(Func<string, double> weightGradient) =>
    [
        .. _layers.Select(layer => new LayerDiagnostics
        {
            Name = layer.Name,
            FiringRate = layer.Activity.FiringRate,
            NeverFiring = layer.Activity.NeverFiring,
            AlwaysFiring = layer.Activity.AlwaysFiring,
            InWindow = layer.Activity.InWindow,
            InputMean = layer.Activity.Input.Mean,
            InputDeviation = layer.Activity.Input.Deviation,
            MembraneMean = layer.Activity.Membrane.Mean,
            MembraneDeviation = layer.Activity.Membrane.Deviation,
            InputGradientNorm = _gradients.GetValueOrDefault(layer.Name),
            WeightGradientNorm = weightGradient(layer.Name),
        }),
    ];

    /// <summary>The input of each layer in the last forward pass, by its name, [T*N, ...]; the caller's from now on.</summary>
    public IReadOnlyDictionary<string, Tensor> TakeCurrents()
    {
        var taken = new Dictionary<string, Tensor>(_currents);
        _currents.Clear();
        return taken;
    }

    public void Clear()
    {
        _layers.Clear();
        _gradients.Clear();
        foreach (Tensor current in _currents.Values)
            current.Dispose();
        _currents.Clear();
    }

    public void Forward(string layer, Tensor current, LifCall call)
    {
        using IDisposable mode = no_grad();
        _layers.Add((layer, LayerActivity.Of(current, call)));
        if (!KeepsCurrents)
            return;
        // A static current is one for each step here: so it is what the paper's x[t] is.
        using Tensor steps = call.IsStatic ? current.repeat([call.TimeSteps, 1, 1, 1]) : current.clone();
        _currents.Add(layer, steps.detach().DetachFromDisposeScope());
    }

    public void Backward(string layer, Tensor gradient)
    {
        using Tensor norm = gradient.norm();
        _gradients[layer] = norm.ToDouble();
    }
}
