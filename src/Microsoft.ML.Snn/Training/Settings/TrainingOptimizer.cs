namespace Microsoft.ML.Snn;

/// <summary>How gradients change the weights.</summary>
public enum TrainingOptimizer
{
    /// <summary>Stochastic gradient descent with momentum and weight decay.</summary>
    StochasticGradientDescent,

    /// <summary>
    /// Muon (Jordan et al., 2024, in the form of its script for CIFAR-10) for the weights between the first and the last layer: the
    /// momentum of each, a matrix of one row per neuron, is made almost orthogonal before it is subtracted, so that it moves rare
    /// directions as well as common ones. Before each step the rows are brought to a norm of 1 in quadratic mean, for which tdBN
    /// compensates, instead of decaying. So the learning rate is the largest share of a weight matrix that a step changes: 0.1 suits a few
    /// hundred steps, 0.01 ten thousand. The first and last layers and tdBN learn by <see cref="StochasticGradientDescent"/> at the same
    /// rate.
    /// </summary>
    Muon,
}
