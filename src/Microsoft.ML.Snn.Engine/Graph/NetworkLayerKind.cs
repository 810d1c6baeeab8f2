namespace Microsoft.ML.Snn;

/// <summary>What a <see cref="NetworkLayer"/> computes. Later versions may add kinds. The values are those in saved networks.</summary>
public enum NetworkLayerKind
{
    /// <summary>Scales and shifts each channel of the network's input.</summary>
    InputNormalization = 1,

    /// <summary>A convolution with a square kernel and zero padding of half its size, of which the last rows and columns may be left out.</summary>
    Convolution = 2,

    /// <summary>An identity shortcut: scales and shifts each channel of spikes.</summary>
    IdentityShortcut = 3,

    /// <summary>The sum of two or more maps of one shape.</summary>
    Addition = 4,

    /// <summary>Leaky integrate-and-fire neurons.</summary>
    Neurons = 5,

    /// <summary>Counts the spikes of each channel; the average's divisor is in the weights of the linear layer after it.</summary>
    Pooling = 6,

    /// <summary>A linear layer.</summary>
    Linear = 7,
}
