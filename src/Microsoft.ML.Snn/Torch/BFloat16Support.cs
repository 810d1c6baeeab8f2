using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Snn.Torch;

/// <summary>Whether this machine's processor multiplies in bfloat16 itself; others emulate it, much slower than float32.</summary>
internal static class BFloat16Support
{
    public static bool IsNative { get; } = X86Base.IsSupported && Read();

    /// <summary>Refuses what this machine's processor would be slower in than in float32.</summary>
    /// <exception cref="NotSupportedException">The precision would be slower than float32 on the CPU.</exception>
    public static void Check(TrainingPrecision precision)
    {
        if (precision == TrainingPrecision.BFloat16 && !IsNative)
        {
            throw new NotSupportedException(
                "This machine's processor has no bfloat16 instructions (AMX-BF16 or AVX512-BF16): training in bfloat16 would be slower "
                + $"than in float32. Set Precision to {nameof(TrainingPrecision.Float32)}, or AllowEmulatedBFloat16 to train in bfloat16 "
                + "all the same.");
        }
    }

    /// <summary>From the registers that CPUID's leaf 7 returns (Intel's manual, volume 2, CPUID).</summary>
    /// <param name="edx">EDX of subleaf 0: bit 22 is AMX-BF16.</param>
    /// <param name="secondEax">EAX of subleaf 1: bit 5 is AVX512-BF16.</param>
    internal static bool FromRegisters(int edx, int secondEax) => (edx & 1 << 22) != 0 || (secondEax & 1 << 5) != 0;

    private static bool Read()
    {
        if (X86Base.CpuId(0, 0).Eax < 7)
            return false;
        (int subleaves, _, _, int edx) = X86Base.CpuId(7, 0);
        return FromRegisters(edx, subleaves < 1 ? 0 : X86Base.CpuId(7, 1).Eax);
    }
}
