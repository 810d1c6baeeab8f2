namespace Microsoft.ML.Snn;

/// <summary>
/// What convolutions, and the matrix products of Muon, compute in while a network trains. Weights, statistics and membrane potentials are
/// float32 in any case.
/// </summary>
public enum TrainingPrecision
{
    /// <summary>float32.</summary>
    Float32 = 0,

    /// <summary>
    /// bfloat16, which keeps 8 significant bits: faster where the processor computes in it (AMX-BF16 or AVX512-BF16), and with less
    /// memory; slower than float32 on other processors, which emulate it. CUDA devices compute in it from compute capability 8.0 on.
    /// </summary>
    BFloat16 = 1,
}
