using System.Collections.Immutable;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Engine.Kernels;

/// <summary>
/// Input and membrane potential of the neurons of one layer at a time, in each step of a block; the next layer overwrites them. Only runs
/// that somebody observes have them.
/// </summary>
internal sealed class NeuronValues
{
    private readonly float[][] _inputs, _potentials;

    /// <param name="layers">The layers, one of which is held at a time.</param>
    /// <param name="blockSteps">Most steps in one block.</param>
    public NeuronValues(ImmutableArray<SpikingLayer> layers, int blockSteps)
    {
        // The last layer has no neurons.
        int most = layers.Take(layers.Length - 1).Select(layer => layer.Shape.NeuronCount).DefaultIfEmpty().Max();
        _inputs = [.. Enumerable.Range(0, blockSteps).Select(_ => new float[most])];
        _potentials = [.. Enumerable.Range(0, blockSteps).Select(_ => new float[most])];
    }

    /// <summary>x of a step: begins with the layer's [H, W, C].</summary>
    public Span<float> Inputs(int step) => _inputs[step];

    /// <summary>u of a step, before the reset: begins with the layer's [H, W, C].</summary>
    public Span<float> Potentials(int step) => _potentials[step];
}
