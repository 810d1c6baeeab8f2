namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>
/// How a window lies on one axis of a map: output i takes the places <c>i * Stride - Padding + k</c>, k from 0 to Kernel - 1, of Input;
/// those before the first and after the last are 0.
/// </summary>
internal readonly record struct WindowAxis(int Input, int Output, int Kernel, int Stride, int Padding)
{
    /// <summary>Each place by itself.</summary>
    public static WindowAxis Identity(int size) => new(size, size, 1, 1, 0);

    /// <summary>As many outputs as whole windows fit into the padded input; 0 where none does.</summary>
    public static WindowAxis Fitted(int input, int kernel, int stride, int padding)
    {
        long room = input + 2L * padding - kernel;
        return new(input, room < 0 ? 0 : (int)Math.Min(int.MaxValue, room / stride + 1), kernel, stride, padding);
    }

    /// <summary>Whether any window reaches over an end.</summary>
    public bool IsPadded => Padding > 0 || (Output - 1L) * Stride - Padding + Kernel > Input;

    /// <summary>
    /// The window of this axis on those of another; null where there is none, since a 0 beyond the other's end stands for a window that
    /// would find something.
    /// </summary>
    public WindowAxis? After(WindowAxis first)
    {
        (long from, long to) = first.Reached();
        if (Math.Max(-Padding, from) <= Math.Min(-1, to)
            || Math.Max(first.Output, from) <= Math.Min((Output - 1L) * Stride - Padding + Kernel - 1, to))
            return null;
        long kernel = (Kernel - 1L) * first.Stride + first.Kernel, stride = (long)Stride * first.Stride;
        long padding = (long)Padding * first.Stride + first.Padding;
        return Math.Max(kernel, Math.Max(stride, padding)) > int.MaxValue / 4
            ? null : new(first.Input, Output, (int)kernel, (int)stride, (int)padding);
    }

    /// <summary>The first and the last output, be they such that there are not, whose windows have a place of the input.</summary>
    private (long From, long To) Reached()
    {
        // The first place of such a window is from 1 - Kernel to Input - 1.
        return (-FloorDivided((long)Kernel - 1 - Padding, Stride), FloorDivided(Input - 1L + Padding, Stride));
    }

    private static long FloorDivided(long value, long by)
    {
        (long quotient, long rest) = Math.DivRem(value, by);
        return rest < 0 ? quotient - 1 : quotient;
    }
}
