namespace Microsoft.ML.Snn.Engine.Graph;

/// <summary>
/// A linear layer of a whole map [In, Height, Width] as a convolution with one output, which the engine runs: a square, odd kernel with the
/// map's first pixel in its middle. All of its taps to the left of the middle or above it, and those beyond the map, meet padding; they
/// are 0. The layer may take averages over windows that lie side by side: then all taps of a window have one weight.
/// </summary>
internal static class WholeMapKernel
{
    /// <summary>Side of the kernel.</summary>
    public static int SizeFor(int height, int width) => checked(2 * Math.Max(height, width) - 1);

    /// <summary>The stride with which it has one output.</summary>
    public static int StrideFor(int height, int width) => Math.Max(height, width);

    /// <summary>The convolution's weights, [out, in, kernel, kernel].</summary>
    /// <param name="weights">[out, in, height / windowHeight, width / windowWidth], divided by the pixels of a window.</param>
    /// <param name="height">Of the map.</param>
    /// <param name="width">Of the map.</param>
    /// <param name="windowHeight">It divides the height.</param>
    /// <param name="windowWidth">It divides the width.</param>
    public static T[] Spread<T>(T[] weights, int height, int width, int windowHeight, int windowWidth)
    {
        int kernel = SizeFor(height, width), columns = width / windowWidth, windows = height / windowHeight * columns;
        var spread = new T[checked(weights.Length / windows * kernel * kernel)];
        for (int i = 0; i < weights.Length / windows; i++)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                    spread[Tap(i, kernel, y, x)] = weights[i * windows + y / windowHeight * columns + x / windowWidth];
            }
        }
        return spread;
    }

    /// <summary>The opposite of <see cref="Spread"/>; null where the taps of a window have several weights.</summary>
    public static float[]? Gather(float[] spread, int height, int width, int windowHeight, int windowWidth)
    {
        int kernel = SizeFor(height, width), columns = width / windowWidth, windows = height / windowHeight * columns;
        float[] weights = new float[spread.Length / (kernel * kernel) * windows];
        for (int i = 0; i < weights.Length / windows; i++)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    float weight = spread[Tap(i, kernel, y, x)];
                    ref float own = ref weights[i * windows + y / windowHeight * columns + x / windowWidth];
                    if (y % windowHeight == 0 && x % windowWidth == 0)
                        own = weight;
                    else if (own != weight)
                        return null;
                }
            }
        }
        return weights;
    }

    private static int Tap(int row, int kernel, int y, int x) => (row * kernel + kernel / 2 + y) * kernel + kernel / 2 + x;
}
