namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>
/// How a window lies on one axis of a map: output i takes the places <c>i * Stride - Padding + k</c>, k from 0 to Kernel - 1, of Input;
/// those before the first and after the last are 0.
/// </summary>
internal readonly record struct WindowAxis(int Input, int Output, int Kernel, int Stride, int Padding)
{
    /// <summary>Each place by itself.</summary>
    public static WindowAxis Identity(int size) => new(size, size, 1, 1, 0);

    /// <summary>As many outputs as whole windows fit into the padded input; fewer than 1 where none does.</summary>
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
        for (int place = -Padding; place < 0; place++)
        {
            if (first.Reaches(place))
                return null;
        }
        for (long place = first.Output; place < (Output - 1L) * Stride - Padding + Kernel; place++)
        {
            if (first.Reaches(place))
                return null;
        }
        long kernel = (Kernel - 1L) * first.Stride + first.Kernel, stride = (long)Stride * first.Stride;
        long padding = (long)Padding * first.Stride + first.Padding;
        return Math.Max(kernel, Math.Max(stride, padding)) > int.MaxValue / 4
            ? null : new(first.Input, Output, (int)kernel, (int)stride, (int)padding);
    }

    /// <summary>Whether the window of an output, be it one that there is not, has a place of the input.</summary>
    private bool Reaches(long output)
    {
        long begin = output * Stride - Padding;
        return begin < Input && begin + Kernel > 0;
    }
}
