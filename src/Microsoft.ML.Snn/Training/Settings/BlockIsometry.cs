namespace Microsoft.ML.Snn;

/// <summary>
/// How a path from one tdBN to the next, neurons, convolution and tdBN, changes the length of a gradient that is sent back through it:
/// block dynamical isometry (Chen et al., 2020), the first condition of the paper's Theorem 1.
/// </summary>
/// <remarks>
/// J is the Jacobian of the path's output by its input currents x[t], over all samples, steps and pixels of the probe, with the batch's
/// statistics held constant and the surrogate in place of the spike's derivative; m is the size of the output. For independent spikes and
/// weights, <c>phi = s^2 q / (a^2 p (1 - p))</c>, with the deviation s of the output, the firing rate p of the neurons, the share q of
/// their potentials in the surrogate's window and its width a: it depends on the width in thresholds, not on tdBN alone. (The
/// mean square of the surrogate stands for q / a^2 where it is no rectangle, and where neurons send several spikes; there the variance of
/// their number stands for p (1 - p).)
/// </remarks>
public sealed class BlockIsometry
{
    internal BlockIsometry()
    {
    }

    /// <summary>The neurons that the path begins with: see <see cref="LayerFiringRate.Name"/>.</summary>
    public string Source { get; internal init; } = "";

    /// <summary>The convolution that it ends with, such as <c>stages.0.0.1</c> or <c>stages.1.0.shortcut</c>.</summary>
    public string Name { get; internal init; } = "";

    /// <summary>phi(J J^T) = tr(J J^T) / m: by how much the path multiplies a gradient's mean square. 1 keeps it.</summary>
    public double Phi { get; internal init; }

    /// <summary>Standard error of <see cref="Phi"/> over the random vectors.</summary>
    public double StandardError { get; internal init; }

    /// <summary>
    /// phi((J J^T)^2) - phi(J J^T)^2, the variance of the squared singular values: 0 where all directions are kept alike, Theorem 1's
    /// second condition. With the rectangular surrogate it is far from 0.
    /// </summary>
    public double Spread { get; internal init; }

    /// <summary>Mean square of the input x, in squared thresholds. Theorem 1 assumes 1.</summary>
    public double InputSecondMoment { get; internal init; }

    /// <summary>Mean square of the output, in squared thresholds. 1, or alpha^2 where branches are added.</summary>
    public double OutputSecondMoment { get; internal init; }

    /// <summary><c>s^2 q / (a^2 p (1 - p))</c> by the s, p and q that were measured; NaN where no neuron fires or all do.</summary>
    public double PredictedPhi { get; internal init; }
}
