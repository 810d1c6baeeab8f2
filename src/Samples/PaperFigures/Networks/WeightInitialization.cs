namespace PaperFigures.Networks;

/// <summary>How weights are drawn.</summary>
internal enum WeightInitialization
{
    /// <summary>Normal, variance 2 / inputs (He et al.).</summary>
    Kaiming = 0,

    /// <summary>PyTorch's default: even, variance 1 / (3 inputs).</summary>
    PyTorchDefault = 1,
}
