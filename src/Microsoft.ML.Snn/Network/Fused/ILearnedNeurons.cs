using TorchSharp.Modules;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>What a layer of neurons learns, as the kernels need it.</summary>
internal interface ILearnedNeurons
{
    /// <summary>What a gradient is for.</summary>
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The decay of each channel.</summary>
    float[] Decays();

    /// <summary>The threshold of each channel.</summary>
    float[] Thresholds();

    /// <summary>The gradients by <see cref="Parameters"/>.</summary>
    /// <param name="byDecay">Sums of the gradient by the decay, at least [C].</param>
    /// <param name="byThreshold">The same by the threshold.</param>
    IEnumerable<(Parameter Parameter, float[] Gradient)> Gradients(double[] byDecay, double[] byThreshold);
}
