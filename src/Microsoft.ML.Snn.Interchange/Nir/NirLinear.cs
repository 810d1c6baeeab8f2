namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>Nodes without neurons as maps.</summary>
internal static class NirLinear
{
    /// <param name="node">A node of such a type.</param>
    /// <param name="input">What it takes.</param>
    /// <returns>Null where the node is of another type.</returns>
    /// <exception cref="InvalidDataException">The node is damaged.</exception>
    /// <exception cref="NotSupportedException">It is more than the engine can run.</exception>
    public static WindowMap? Read(NirNode node, NirShape input)
    {
        WindowMap? map = node.Type switch
        {
            "Conv2d" => Convolution(node, input),
            "Affine" => Linear(node, input, hasBias: true),
            "Linear" => Linear(node, input, hasBias: false),
            "Scale" => Scale(node, input),
            "SumPool2d" => Pooling(node, input, isAverage: false),
            "AvgPool2d" => Pooling(node, input, isAverage: true),
            _ => null,
        };
        return map is { Out.IsTooLarge: true } ? throw node.Refuse($"its output {map.Out} is too large.") : map;
    }

    private static WindowMap Convolution(NirNode node, NirShape input)
    {
        MapSize map = Map(node, input);
        if (node.Shape("weight") is not [var outputs, var inputs, var height, var width])
            throw node.Damaged("'weight' has not four dimensions.");
        int groups = node.Has("groups") ? node.Integer("groups") : 1;
        if (groups < 1 || outputs % groups != 0 || (long)inputs * groups != map.Channels)
            throw node.Damaged($"weights [{outputs}, {inputs}, {height}, {width}] in {groups} groups do not fit to its input {map}.");
        if (node.Has("input_shape") && node.Pair("input_shape", least: 1) is var size && size != (map.Height, map.Width))
            throw node.Damaged($"'input_shape' is {size}, but its input is {map}.");
        (int Y, int X) stride = node.Pair("stride", least: 1), dilation = node.Has("dilation") ? node.Pair("dilation", least: 1) : (1, 1);
        // With holes.
        long tall = (height - 1L) * dilation.Y + 1, wide = (width - 1L) * dilation.X + 1;
        bool isDepthwise = inputs == 1 && outputs == groups;
        float[] given = node.Floats("weight");
        float[] weights = given;
        if (dilation != (1, 1) || groups > 1 && !isDepthwise)
        {
            node.Make((Int128)outputs * (isDepthwise ? 1 : map.Channels) * tall * wide, work: 0, "its kernel");
            weights = new float[outputs * (isDepthwise ? 1 : map.Channels) * (int)(tall * wide)];
            for (int i = 0; i < given.Length; i++)
            {
                int tap = i % (height * width), o = i / (height * width) / inputs, c = i / (height * width) % inputs;
                int channel = isDepthwise ? o : o * map.Channels + o / (outputs / groups) * inputs + c;
                weights[(channel * (int)tall + tap / width * dilation.Y) * (int)wide + tap % width * dilation.X] = given[i];
            }
        }
        (WindowAxis y, WindowAxis x) = Axes(node, map, (int)tall, (int)wide, stride);
        return new()
        {
            InChannels = map.Channels, OutChannels = outputs, Y = y, X = x, IsDepthwise = isDepthwise, Weights = weights,
            Bias = node.Has("bias") ? Sized(node, "bias", outputs) : new float[outputs],
        };
    }

    /// <summary>The axes of a convolution, with the padding that its node says in numbers or in words.</summary>
    private static (WindowAxis, WindowAxis) Axes(NirNode node, MapSize map, int tall, int wide, (int Y, int X) stride)
    {
        if (!node.IsText("padding"))
        {
            (int Y, int X) padding = node.Pair("padding", least: 0);
            return Fitted(node, map, (tall, wide), stride, padding);
        }
        switch (node.Text("padding"))
        {
            case "valid":
                return Fitted(node, map, (tall, wide), stride, (0, 0));
            case "same" when stride == (1, 1):
                // An odd one goes to the end.
                return (new(map.Height, map.Height, tall, 1, (tall - 1) / 2), new(map.Width, map.Width, wide, 1, (wide - 1) / 2));
            case "same":
                throw node.Damaged("'padding' is 'same', which goes with a stride of 1 only.");
            case var word:
                throw node.Damaged($"'padding' is '{word}', neither 'same' nor 'valid' nor a number.");
        }
    }

    private static (WindowAxis, WindowAxis) Fitted(
        NirNode node, MapSize map, (int Y, int X) kernel, (int Y, int X) stride, (int Y, int X) padding)
    {
        WindowAxis y = WindowAxis.Fitted(map.Height, kernel.Y, stride.Y, padding.Y);
        WindowAxis x = WindowAxis.Fitted(map.Width, kernel.X, stride.X, padding.X);
        return y.Output > 0 && x.Output > 0 ? (y, x)
            : throw node.Damaged($"a window of {kernel.Y} by {kernel.X} with a padding of {padding} does not fit into its input {map}.");
    }

    private static WindowMap Pooling(NirNode node, NirShape input, bool isAverage)
    {
        MapSize map = Map(node, input);
        (int Y, int X) kernel = node.Pair("kernel_size", least: 1), stride = node.Pair("stride", least: 1);
        (int Y, int X) padding = node.Has("padding") ? node.Pair("padding", least: 0) : (0, 0);
        (WindowAxis y, WindowAxis x) = Fitted(node, map, kernel, stride, padding);
        node.Make(((Int128)kernel.Y * kernel.X + 1) * map.Channels, work: 0, "its window");
        float[] weights = new float[kernel.Y * kernel.X * map.Channels];
        Array.Fill(weights, isAverage ? 1f / (kernel.Y * kernel.X) : 1);
        return new()
        {
            InChannels = map.Channels, OutChannels = map.Channels, Y = y, X = x, IsDepthwise = true, Weights = weights,
            Bias = new float[map.Channels],
        };
    }

    private static WindowMap Scale(NirNode node, NirShape input)
    {
        if (input.IsFlat && input.Map.Height * input.Map.Width > 1)
            throw node.Refuse("it scales a map that was flattened: put it before the Flatten, with one scale for each channel.");
        return WindowMap.OfScale(input.Map, Array.ConvertAll(NirParameters.PerChannel(node, "scale", input.Map), value => (float)value));
    }

    /// <summary>A matrix: a window as large as the map that was flattened.</summary>
    private static WindowMap Linear(NirNode node, NirShape input, bool hasBias)
    {
        MapSize map = input.Map;
        if (node.Shape("weight") is not [var outputs, var inputs])
            throw node.Refuse("its weights are no matrix.");
        if (!input.IsFlat)
            throw node.Refuse($"its input is {map}, not flattened: it would be taken row by row.");
        if (inputs != map.Count)
            throw node.Damaged($"weights [{outputs}, {inputs}] do not fit to its {map.Count} inputs.");
        return new()
        {
            InChannels = map.Channels, OutChannels = outputs,
            Y = new(map.Height, 1, map.Height, 1, 0), X = new(map.Width, 1, map.Width, 1, 0),
            Weights = node.Floats("weight"), Bias = hasBias ? Sized(node, "bias", outputs) : new float[outputs],
        };
    }

    private static MapSize Map(NirNode node, NirShape input) =>
        input.IsFlat ? throw node.Refuse("its input is no map [C, H, W].") : input.Map;

    private static float[] Sized(NirNode node, string name, int count)
    {
        float[] values = node.Floats(name);
        return values.Length == count ? values : throw node.Damaged($"'{name}' has {values.Length} values, not {count}.");
    }
}
