using System.Runtime.Intrinsics;
using Microsoft.ML.Snn.Engine.Vectors;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>Which vectors the kernels of training compute with: of 16 channels or of 8. Both give the same bits.</summary>
internal static class KernelVectors
{
    private const int Narrowest = 8;

    /// <summary>A number of channels, or the next one that makes whole vectors.</summary>
    public static int FilledUp(int channels) => (channels + Narrowest - 1) / Narrowest * Narrowest;

    /// <summary>Runs a job with vectors whose length divides a number of channels, itself a multiple of 8.</summary>
    /// <param name="channels">C.</param>
    /// <param name="dtype">Of the values in memory: float32 or bfloat16.</param>
    /// <param name="job">May keep a result.</param>
    public static void Run<TJob>(int channels, ScalarType dtype, ref TJob job) where TJob : struct, IKernelJob =>
        Run(Vector512.IsHardwareAccelerated && channels % Lanes512.Count == 0, dtype, ref job);

    /// <summary>The same with vectors of 16 channels or of 8.</summary>
    public static void Run<TJob>(bool isWide, ScalarType dtype, ref TJob job) where TJob : struct, IKernelJob
    {
        switch (isWide, dtype)
        {
            case (true, ScalarType.Float32):
                job.Run<Lanes512, Float32Element>();
                break;
            case (true, ScalarType.BFloat16):
                job.Run<Lanes512, BFloat16Element>();
                break;
            case (false, ScalarType.Float32):
                job.Run<Lanes256, Float32Element>();
                break;
            case (false, ScalarType.BFloat16):
                job.Run<Lanes256, BFloat16Element>();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "Kernels read float32 and bfloat16.");
        }
    }
}
