namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>Sizes of a map [C, H, W].</summary>
internal readonly record struct MapSize(int Channels, int Height, int Width)
{
    private const int MostValues = 1 << 25;

    public int Count => checked(Channels * Height * Width);

    /// <summary>Whether it has more values than are run: each takes memory.</summary>
    public bool IsTooLarge => (Int128)Channels * Height * Width > MostValues;

    public override string ToString() => $"[{Channels}, {Height}, {Width}]";
}

/// <summary>
/// A linear function of a map by windows, and a bias for each channel: what convolutions, poolings, scales and linear layers are.
/// </summary>
internal sealed record WindowMap
{
    public required int InChannels { get; init; }

    public required int OutChannels { get; init; }

    public required WindowAxis Y { get; init; }

    public required WindowAxis X { get; init; }

    /// <summary>Whether each channel has a window of its own and takes no other.</summary>
    public bool IsDepthwise { get; init; }

    /// <summary>[out, in, y, x], or [channel, y, x] where it is depthwise.</summary>
    public required float[] Weights { get; init; }

    /// <summary>[out]</summary>
    public required float[] Bias { get; init; }

    public MapSize In => new(InChannels, Y.Input, X.Input);

    public MapSize Out => new(OutChannels, Y.Output, X.Output);

    public int Taps => Y.Kernel * X.Kernel;

    /// <summary>Whether it scales channels and moves nothing.</summary>
    public bool IsScale => IsDiagonal && Y == WindowAxis.Identity(Y.Input) && X == WindowAxis.Identity(X.Input);

    private bool IsDiagonal => IsDepthwise || Taps == 1 && InChannels == OutChannels && !Array.Exists(
        [.. Enumerable.Range(0, OutChannels)], o => Weights.AsSpan(o * InChannels, o).ContainsAnyExcept(0f)
            || Weights.AsSpan(o * InChannels + o + 1, InChannels - o - 1).ContainsAnyExcept(0f));

    /// <summary>The scale of each channel, where <see cref="IsScale"/>.</summary>
    public float[] Scale => IsDepthwise ? Weights : [.. Enumerable.Range(0, OutChannels).Select(c => Weights[c * InChannels + c])];

    public static WindowMap OfScale(MapSize map, float[] scale) => new()
    {
        InChannels = map.Channels, OutChannels = map.Channels, Y = WindowAxis.Identity(map.Height), X = WindowAxis.Identity(map.Width),
        IsDepthwise = true, Weights = scale, Bias = new float[map.Channels],
    };

    /// <summary>The weight of a tap, 0 between channels that do not touch.</summary>
    public float Weight(int output, int input, int y, int x) =>
        IsDepthwise ? output == input ? Weights[(output * Y.Kernel + y) * X.Kernel + x] : 0
            : Weights[((output * InChannels + input) * Y.Kernel + y) * X.Kernel + x];

    /// <summary>The first and the last row of the window that have a weight other than 0.</summary>
    public (int First, int Last) UsedRows() => Used(Y.Kernel, place => place / X.Kernel % Y.Kernel);

    /// <summary>The same of its columns.</summary>
    public (int First, int Last) UsedColumns() => Used(X.Kernel, place => place % X.Kernel);

    /// <summary>This map of another's output as one map.</summary>
    /// <param name="first">The other.</param>
    /// <param name="node">The node that this is of.</param>
    /// <exception cref="NotSupportedException">There is none that is equal at the ends, or none of a size that can be handled.</exception>
    public WindowMap After(WindowMap first, NirNode node)
    {
        if (Y.After(first.Y) is not { } y || X.After(first.X) is not { } x)
            throw node.Refuse("at the map's ends, it is not one convolution with what comes before it.");
        if ((Y.IsPadded || X.IsPadded) && first.Bias.AsSpan().ContainsAnyExcept(0f))
            throw node.Refuse("it pads what has a bias, which no single convolution does.");
        bool isDepthwise = IsDepthwise && first.IsDepthwise;
        Int128 count = (Int128)OutChannels * (isDepthwise ? 1 : first.InChannels) * y.Kernel * x.Kernel;
        Int128 work = (Int128)Taps * first.Taps * OutChannels * (isDepthwise ? 1 : first.InChannels)
            * (IsDepthwise || first.IsDepthwise ? 1 : InChannels);
        node.Make(count + OutChannels, work, "with what comes before it, it");
        double[] weights = new double[(int)count], bias = Array.ConvertAll(Bias, value => (double)value);
        for (int o = 0; o < OutChannels; o++)
        {
            for (int middle = IsDepthwise ? o : 0; middle < (IsDepthwise ? o + 1 : InChannels); middle++)
            {
                for (int tap = 0; tap < Taps; tap++)
                {
                    double weight = Weight(o, middle, tap / X.Kernel, tap % X.Kernel);
                    if (weight == 0)
                        continue;
                    bias[o] += weight * first.Bias[middle];
                    AddTaps(o, middle, tap, weight);
                }
            }
        }
        return new()
        {
            InChannels = first.InChannels, OutChannels = OutChannels, Y = y, X = x, IsDepthwise = isDepthwise,
            Weights = Array.ConvertAll(weights, value => (float)value), Bias = Array.ConvertAll(bias, value => (float)value),
        };

        void AddTaps(int o, int middle, int tap, double weight)
        {
            int top = tap / X.Kernel * first.Y.Stride, left = tap % X.Kernel * first.X.Stride;
            for (int i = first.IsDepthwise ? middle : 0; i < (first.IsDepthwise ? middle + 1 : first.InChannels); i++)
            {
                int begin = (isDepthwise ? o : o * first.InChannels + i) * y.Kernel * x.Kernel;
                for (int ky = 0; ky < first.Y.Kernel; ky++)
                {
                    for (int kx = 0; kx < first.X.Kernel; kx++)
                        weights[begin + (top + ky) * x.Kernel + left + kx] += weight * first.Weight(middle, i, ky, kx);
                }
            }
        }
    }

    private (int First, int Last) Used(int kernel, Func<int, int> lineOf)
    {
        bool[] lines = new bool[kernel];
        for (int place = 0; place < Weights.Length; place++)
        {
            if (Weights[place] != 0)
                lines[lineOf(place)] = true;
        }
        int first = Array.IndexOf(lines, true);
        return first < 0 ? (0, 0) : (first, Array.LastIndexOf(lines, true));
    }
}
