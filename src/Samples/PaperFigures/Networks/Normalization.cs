namespace PaperFigures.Networks;

/// <summary>What stands between a convolution and its neurons.</summary>
internal enum Normalization
{
    /// <summary>tdBN: batch normalization to the deviation alpha Vth.</summary>
    ThresholdDependent = 0,

    /// <summary>Batch normalization to the deviation alpha, whatever the threshold.</summary>
    Batch = 1,

    /// <summary>Nothing.</summary>
    None = 2,
}
