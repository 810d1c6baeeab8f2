namespace Microsoft.ML.Snn.Architecture;

/// <summary>The constants of tdBN, which training and folding share.</summary>
internal static class BatchNormalization
{
    /// <summary>Added to the variance. PyTorch's default.</summary>
    public const double Epsilon = 1e-5;

    /// <summary>Share of the newest batch in the running averages. PyTorch's default.</summary>
    public const double Momentum = 0.1;
}
