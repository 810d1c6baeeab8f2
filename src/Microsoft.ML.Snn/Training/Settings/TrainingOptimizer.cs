namespace Microsoft.ML.Snn;

/// <summary>How gradients change the weights: one of the optimizers below, with what belongs to it.</summary>
public sealed record TrainingOptimizer
{
    private TrainingOptimizer()
    {
    }

    /// <summary>Momentum, 0 to below 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, or NaN.</exception>
    public double Momentum
    {
        get;
        init => field = value is >= 0 and < 1
            ? value : throw new ArgumentOutOfRangeException(
                nameof(Momentum), value, "The momentum of an optimizer must be from 0 to below 1.");
    }

    /// <summary>Weight decay (L2) of all that learns by stochastic gradient descent, 0 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not a finite number in float32.</exception>
    public double WeightDecay
    {
        get;
        init => field = value >= 0 && float.IsFinite((float)value)
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(WeightDecay), value, "The weight decay of an optimizer must be a finite number of 0 or more, in float32 too.");
    }

    /// <summary>Whether the weights between the first and the last layer learn by Muon.</summary>
    internal bool UsesMuon { get; private init; }

    /// <summary>Stochastic gradient descent with momentum and weight decay.</summary>
    /// <param name="momentum">0 to below 1. Default 0.9.</param>
    /// <param name="weightDecay">Weight decay (L2), 0 or more. Default 5e-4.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public static TrainingOptimizer StochasticGradientDescent(double momentum = 0.9, double weightDecay = 5e-4) =>
        new() { Momentum = momentum, WeightDecay = weightDecay };

    /// <summary>
    /// Muon (Jordan et al., 2024, in the form of its script for CIFAR-10) for the weights between the first and the last layer: the
    /// momentum of each, a matrix of one row per neuron, is made almost orthogonal before it is subtracted, so that it moves rare
    /// directions as well as common ones. Before each step the rows are brought to a norm of 1 in quadratic mean, for which tdBN
    /// compensates, instead of decaying. So the learning rate is the largest share of a weight matrix that a step changes: 0.1 suits a few
    /// hundred steps, 0.01 ten thousand. The first and last layers, a hidden layer without tdBN, and tdBN learn by stochastic gradient
    /// descent at the same rate.
    /// </summary>
    /// <param name="momentum">Of all weights, 0 to below 1. Default 0.9.</param>
    /// <param name="weightDecay">Weight decay (L2) of what does not learn by Muon, 0 or more. Default 5e-4.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public static TrainingOptimizer Muon(double momentum = 0.9, double weightDecay = 5e-4) =>
        new() { Momentum = momentum, WeightDecay = weightDecay, UsesMuon = true };
}
