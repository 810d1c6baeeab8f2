using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Onnx;

namespace Microsoft.ML.Snn.Interchange.Onnx;

/// <summary>The model's input on its way to the maps that the network's first node takes, float32.</summary>
internal sealed class InputMaps(NetworkGraph<float> graph, OnnxInputLayout layout, ProtobufGraph onnx)
{
    /// <summary>Adds the input.</summary>
    /// <param name="steps">Steps that it has slices of; null where it has no such axis.</param>
    /// <returns>[N, C, H, W] or [N, T, C, H, W].</returns>
    /// <exception cref="NotSupportedException">Pictures are asked for, and the network's input is none.</exception>
    public string Add(int? steps)
    {
        int[] time = steps is { } count ? [count] : [], map = [.. time, graph.Channels, graph.Height, graph.Width];
        switch (layout.Form)
        {
            case OnnxInputLayout.Kind.Vector:
                string row = onnx.AddInput(
                    "Features", TensorProto.Types.DataType.Float, map.Aggregate((product, size) => product * size));
                return onnx.Add("Reshape", [row, onnx.Numbers([-1, .. map.Select(size => (long)size)])], "features.maps");
            case OnnxInputLayout.Kind.Map:
                return onnx.AddInput("Features", TensorProto.Types.DataType.Float, map);
            default:
                return Extract(time);
        }
    }

    /// <summary>Pictures of bytes, [N, H, W, C], and what ExtractPixels makes of them.</summary>
    private string Extract(int[] time)
    {
        if (graph.Channels is not (1 or 3))
        {
            throw new NotSupportedException(
                $"The network's input has {graph.Channels} channels, and pictures one or three: export it with "
                + $"{nameof(OnnxInputLayout)}.{nameof(OnnxInputLayout.Map)} or {nameof(OnnxInputLayout.Vector)}.");
        }
        if (graph.Channels == 1 && layout.ColorOrder != OnnxColorOrder.Rgb)
        {
            throw new NotSupportedException(
                $"The network's input has one channel, and no order of colors such as {layout.ColorOrder}: leave the order out.");
        }
        string pixels = onnx.AddInput(
            "Pixels", TensorProto.Types.DataType.Uint8, [.. time, graph.Height, graph.Width, graph.Channels]);
        int axes = 4 + time.Length;
        if (layout.ColorOrder != OnnxColorOrder.Rgb)
        {
            pixels = onnx.Add(
                "Gather", [pixels, onnx.Numbers(Sources(layout.ColorOrder))], "pixels.ordered", new OnnxAttribute("axis", axes - 1));
        }
        // Channels before rows.
        long[] order = [.. Enumerable.Range(0, axes - 3), axes - 1, axes - 3, axes - 2];
        string planes = onnx.Add("Transpose", [pixels], "pixels.planes", new OnnxAttribute("perm", order));
        string values = onnx.AddCast(planes, OnnxElementType.Float, "pixels.values");
        if (layout.Offset != 0)
            values = onnx.Add("Sub", [values, onnx.Constant("pixels.offset", [], () => new[] { layout.Offset })], "pixels.shifted");
        if (layout.Scale != 1)
            values = onnx.Add("Mul", [values, onnx.Constant("pixels.scale", [], () => new[] { layout.Scale })], "pixels.scaled");
        return values;
    }

    /// <summary>The byte of a red, green and blue pixel that each plane takes.</summary>
    private static long[] Sources(OnnxColorOrder order) => order switch
    {
        OnnxColorOrder.Rbg => [0, 2, 1],
        OnnxColorOrder.Brg => [2, 0, 1],
        OnnxColorOrder.Bgr => [2, 1, 0],
        OnnxColorOrder.Grb => [1, 0, 2],
        OnnxColorOrder.Gbr => [1, 2, 0],
        _ => [0, 1, 2],
    };
}
