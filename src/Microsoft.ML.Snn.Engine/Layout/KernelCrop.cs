using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Engine.Layout;

/// <summary>
/// Kernels without their taps that meet padding alone, wherever they lie, where these are 0: those of a
/// <see cref="WholeMapKernel"/>, of which more than two thirds would be kept in memory for nothing. Kernels stay square.
/// </summary>
internal static class KernelCrop
{
    /// <summary>The window and the weights [out, in, tap] that are left: the same ones where nothing can be left out.</summary>
    /// <param name="window">Of the whole kernel.</param>
    /// <param name="weights">[out, in, tap]</param>
    /// <param name="output">What the layer gives.</param>
    public static (Window Window, float[] Weights) Of(Window window, float[] weights, Signal output)
    {
        int lastOutput = (Math.Max(output.Height, output.Width) - 1) * window.Stride;
        // Of the last output to the left, of the first one to the right.
        int first = Math.Max(0, window.Padding - lastOutput);
        int end = Math.Min(window.Kernel, window.Padding + Math.Max(window.Height, window.Width));
        Window left = window with { Kernel = end - first, Padding = window.Padding - first };
        if (left == window || !AreOthersZero(weights, window.Kernel, first, end))
            return (window, weights);
        float[] cropped = new float[weights.Length / window.Taps * left.Taps];
        Copy(weights, window.Kernel, cropped, left.Kernel, first);
        return (left, cropped);
    }

    /// <summary>The whole kernel again.</summary>
    /// <param name="window">What <see cref="Of"/> gave.</param>
    /// <param name="weights">[out, in, tap]</param>
    /// <param name="kernel">Side of the whole kernel.</param>
    public static float[] Undo(Window window, float[] weights, int kernel)
    {
        if (window.Kernel == kernel)
            return weights;
        float[] whole = new float[weights.Length / window.Taps * kernel * kernel];
        Copy(whole, kernel, weights, window.Kernel, kernel / 2 - window.Padding, isBack: true);
        return whole;
    }

    private static bool AreOthersZero(float[] weights, int kernel, int first, int end)
    {
        for (int line = 0; line < weights.Length / kernel; line++)
        {
            ReadOnlySpan<float> taps = weights.AsSpan(line * kernel, kernel);
            int row = line % kernel;
            bool isZero = row >= first && row < end
                ? !taps[..first].ContainsAnyExcept(0) && !taps[end..].ContainsAnyExcept(0) : !taps.ContainsAnyExcept(0);
            if (!isZero)
                return false;
        }
        return true;
    }

    /// <summary>Between all kernels and the middle of them, from tap [first, first] on.</summary>
    private static void Copy(float[] whole, int kernel, float[] middle, int size, int first, bool isBack = false)
    {
        for (int line = 0; line < middle.Length / size; line++)
        {
            Span<float> from = whole.AsSpan((line / size * kernel + first + line % size) * kernel + first, size);
            Span<float> to = middle.AsSpan(line * size, size);
            if (isBack)
                to.CopyTo(from);
            else
                from.CopyTo(to);
        }
    }
}
