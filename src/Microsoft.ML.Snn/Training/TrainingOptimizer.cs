namespace Microsoft.ML.Snn;

/// <summary>How gradients change the weights.</summary>
public enum TrainingOptimizer
{
    /// <summary>Stochastic gradient descent with momentum and weight decay, the paper's.</summary>
    StochasticGradientDescent,

    /// <summary>
    /// Muon (Jordan et al., 2024) for the weights between the first and the last layer: each layer's momentum is made an almost orthogonal
    /// matrix before it is subtracted, so that rare directions are learned as fast as common ones. These weights need no decay: they are
    /// kept at a mean norm of 1 a neuron, which tdBN makes good, and the learning rate is the share of it that changes in a step. The first and
    /// last layers and tdBN learn by <see cref="StochasticGradientDescent"/>. A step costs more; short trainings end better.
    /// </summary>
    Muon,
}
