namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>Sums over a batch that lead to the gradients of one tdBN.</summary>
internal readonly ref struct NormalizationSums
{
    /// <param name="sums">
    /// As <see cref="NormalizedLifKernel"/> returns them: [C] of the gradient g, then for each part of the current [C] of g times the
    /// deviation of the part's values from their mean.
    /// </param>
    /// <param name="channels">C.</param>
    /// <param name="part">1 for the convolution's, 2 for the shortcut's.</param>
    public NormalizationSums(ReadOnlySpan<double> sums, int channels, int part)
    {
        Sums = sums[..channels];
        Products = sums.Slice(part * channels, channels);
    }

    /// <summary>Of g, [C].</summary>
    public ReadOnlySpan<double> Sums { get; }

    /// <summary>Of g times the deviation of the values from their mean, [C].</summary>
    public ReadOnlySpan<double> Products { get; }
}
