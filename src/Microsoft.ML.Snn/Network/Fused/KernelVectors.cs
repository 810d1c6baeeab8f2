using System.Runtime.Intrinsics;

namespace Microsoft.ML.Snn;

/// <summary>Which vectors the kernels of training compute with: of 16 channels or of 8. Both give the same bits.</summary>
internal static class KernelVectors
{
    private const int Narrowest = 8;

    /// <summary>A number of channels, or the next one that makes whole vectors.</summary>
    public static int FilledUp(int channels) => (channels + Narrowest - 1) / Narrowest * Narrowest;

    /// <summary>Whether to take <see cref="Lanes512"/>; else <see cref="Lanes256"/>, which every multiple of 8 channels allows.</summary>
    public static bool AreWide(int channels) => Vector512.IsHardwareAccelerated && channels % 16 == 0;
}
