namespace Microsoft.ML.Snn;

/// <summary>What training minimizes for each sample, whose output at time step t is z[t]: one of the losses below.</summary>
public sealed record SpikingLoss
{
    private SpikingLoss()
    {
    }

    /// <summary>Cross-entropy of the output averaged over the time steps (Eq. 11-12 of the paper).</summary>
    public static SpikingLoss MeanCrossEntropy { get; } = new();

    /// <summary>
    /// Cross-entropy of each time step's output, averaged over the steps: the loss of temporal efficient training (TET, Deng et al., ICLR
    /// 2022) without its regularization term.
    /// </summary>
    public static SpikingLoss Temporal { get; } = new() { IsPerStep = true };

    /// <summary>Whether each time step answers for itself, rather than their mean.</summary>
    internal bool IsPerStep { get; private init; }

    /// <summary>Share of the regularization term, lambda of TET; 0 for none.</summary>
    internal double Regularization { get; private init; }

    /// <summary>What the term pulls outputs to; null for the neuron's threshold.</summary>
    internal double? Target { get; private init; }

    /// <summary>
    /// The whole loss of temporal efficient training (Deng et al., ICLR 2022): <c>(1 - lambda) L + lambda R</c>, with
    /// <see cref="Temporal"/> as L and, as R, the mean of <c>(z[t] - phi)^2</c> over time steps and classes, which keeps outputs from
    /// running away.
    /// </summary>
    /// <param name="regularization">
    /// lambda, 0 to below 1. Default 0.05, the authors' for CIFAR; for ImageNet they take 0.001.
    /// </param>
    /// <param name="target">phi, to which outputs are pulled. Null (default): the neuron's threshold.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range, or not finite.</exception>
    public static SpikingLoss TemporalEfficientTraining(double regularization = 0.05, double? target = null)
    {
        if (!(regularization is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(regularization), regularization, "The share of TET's regularization must be from 0 to below 1.");
        }
        if (!float.IsFinite((float)(target ?? 0)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(target), target, "The target of TET's regularization must be a finite number, in float32 too.");
        }
        return new() { IsPerStep = true, Regularization = regularization, Target = target };
    }
}
