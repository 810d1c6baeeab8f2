namespace Microsoft.ML.Snn;

/// <summary>
/// What convolutions, and the matrix products of <see cref="TrainingOptimizer.Muon"/>, compute in while a network trains. Weights, statistics
/// and membrane potentials are float32 in any case.
/// </summary>
public enum TrainingPrecision
{
    /// <summary>
    /// float32. On CUDA devices from compute capability 8.0 on, convolutions and matrix products round their factors to TF32, 10 bits of
    /// fraction, and add in float32: several times as fast; <see cref="Float32Exact"/> does not.
    /// </summary>
    Float32,

    /// <summary>
    /// bfloat16, which keeps 8 significant bits: faster where the processor computes in it (AMX-BF16 or AVX512-BF16), and with less
    /// memory. Refused on processors that do not, where it would be slower than float32. On CUDA devices never refused: they compute in
    /// it from compute capability 8.0 on.
    /// </summary>
    BFloat16,

    /// <summary><see cref="BFloat16"/> even where it is slower: to repeat elsewhere what such a processor computed.</summary>
    BFloat16Anywhere,

    /// <summary>float32 on CUDA devices too, without TF32. On a CPU the same as <see cref="Float32"/>.</summary>
    Float32Exact,
}
