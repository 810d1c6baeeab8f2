namespace Microsoft.ML.Snn;

/// <summary>What an exported ONNX model takes: the network's features, or pictures that it makes features of itself.</summary>
public sealed record OnnxInputLayout
{
    private OnnxInputLayout()
    {
    }

    internal enum Kind
    {
        Vector = 0,
        Map = 1,
        Pixels = 2,
    }

    /// <summary>
    /// <c>Features</c>, float32: a row of all features, as a vector column of ML.NET: [N, C*H*W], or [N, T*C*H*W] where each step has
    /// input of its own.
    /// </summary>
    public static OnnxInputLayout Vector { get; } = new() { Form = Kind.Vector };

    /// <summary><c>Features</c>, float32: maps, [N, C, H, W], or [N, T, C, H, W] where each step has input of its own.</summary>
    public static OnnxInputLayout Map { get; } = new() { Form = Kind.Map };

    internal Kind Form { get; private init; }

    /// <summary>Which color each of the network's planes holds; of <see cref="Pixels"/>.</summary>
    internal OnnxColorOrder ColorOrder { get; private init; }

    /// <summary>What is subtracted from a pixel's value; of <see cref="Pixels"/>.</summary>
    internal float Offset { get; private init; }

    /// <summary>What the difference is multiplied by; of <see cref="Pixels"/>.</summary>
    internal float Scale { get; private init; } = 1;

    /// <summary>
    /// <c>Pixels</c>, uint8: pictures of the network's height and width as a decoder or a camera gives them, [N, H, W, C], or
    /// [N, T, H, W, C] where each step has input of its own. C is 3, the bytes of a pixel being red, green and blue, or 1 for gray. The
    /// model does what <c>ExtractPixels</c> does in an ML.NET pipeline, with the parameters that the pipeline has: the features are
    /// (pixel - offset) * scale, plane after plane. There is no alpha.
    /// </summary>
    /// <param name="colorOrder">
    /// Which color each plane of the features holds, as <c>orderOfExtraction</c>. Default red, green, blue. Pictures whose bytes are blue,
    /// green and red, such as OpenCV's, are right with <see cref="OnnxColorOrder.Bgr"/> for a network of red, green and blue planes.
    /// </param>
    /// <param name="offset">Subtracted from each value, finite, as <c>offsetImage</c>. Default 0.</param>
    /// <param name="scale">What the difference is multiplied by, finite, as <c>scaleImage</c>. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is not finite, or the order is not one of the enum.</exception>
    public static OnnxInputLayout Pixels(OnnxColorOrder colorOrder = OnnxColorOrder.Rgb, float offset = 0, float scale = 1)
    {
        if (!Enum.IsDefined(colorOrder))
        {
            throw new ArgumentOutOfRangeException(
                nameof(colorOrder), colorOrder, $"It is one of {string.Join(", ", Enum.GetNames<OnnxColorOrder>())}.");
        }
        if (!float.IsFinite(offset))
            throw new ArgumentOutOfRangeException(nameof(offset), offset, "What is subtracted from pixels must be finite.");
        if (!float.IsFinite(scale))
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "What pixels are multiplied by must be finite.");
        return new() { Form = Kind.Pixels, ColorOrder = colorOrder, Offset = offset, Scale = scale };
    }
}
