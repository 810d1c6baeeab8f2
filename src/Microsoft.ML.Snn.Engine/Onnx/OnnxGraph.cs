using System.Runtime.CompilerServices;

namespace Microsoft.ML.Snn.Engine.Onnx;

/// <summary>
/// An ONNX graph in work, whoever writes it down: nodes of standard operators, and constants. Every value gets a name of its own.
/// </summary>
internal abstract class OnnxGraph
{
    /// <summary>More nodes take runtimes minutes to load.</summary>
    public const int MaxNodes = 100_000;

    /// <summary>The lowest operator set that has all operators of networks.</summary>
    public const int LeastOperatorSet = 11;

    // A message of protocol buffers has at most 2 GB; the rest is for nodes.
    private const long MostBytes = int.MaxValue - (128L << 20);

    private readonly Dictionary<string, string> _constants = [];
    private int _nodes;
    private long _bytes;

    /// <summary>Bytes that constants may have together.</summary>
    public long MaxBytes { get; init; } = MostBytes;

    /// <summary>
    /// Whether axes are an input of ReduceSum, Squeeze and Unsqueeze, as from operator set 13 on; before that they are an attribute.
    /// </summary>
    protected abstract bool AxesAreInputs { get; }

    /// <summary>What to do about too many nodes.</summary>
    protected abstract string AdviceForFewerNodes { get; }

    /// <summary>Adds a node with one output.</summary>
    /// <param name="operation">Of the standard operators.</param>
    /// <param name="inputs">Names of values.</param>
    /// <param name="output">The wish for the output's name.</param>
    /// <param name="attributes">The node's.</param>
    /// <returns>The output's name.</returns>
    /// <exception cref="NotSupportedException">There are too many nodes.</exception>
    public string Add(string operation, ReadOnlySpan<string> inputs, string output, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        if (_nodes++ == MaxNodes)
            throw new NotSupportedException($"The ONNX model would have more than {MaxNodes} nodes: {AdviceForFewerNodes}.");
        return AddNode(operation, inputs, output, attributes);
    }

    /// <summary>Adds a ReduceSum, Squeeze or Unsqueeze.</summary>
    /// <inheritdoc cref="Add"/>
    public string AddOverAxes(
        string operation, string input, long[] axes, string output, params ReadOnlySpan<OnnxAttribute> attributes) => AxesAreInputs
            ? Add(operation, [input, Numbers(axes)], output, attributes)
            : Add(operation, [input], output, [.. attributes, new("axes", axes)]);

    /// <summary>Adds a Cast.</summary>
    /// <inheritdoc cref="Add"/>
    public string AddCast(string input, OnnxElementType type, string output) =>
        Add("Cast", [input], output, new OnnxAttribute("to", (long)type));

    /// <summary>A constant, which is made when it is first asked for.</summary>
    /// <param name="name">The same for the same constant.</param>
    /// <param name="shape">Its shape; empty for a scalar.</param>
    /// <param name="values">Makes its values: float, int, long or sbyte.</param>
    /// <returns>The name of its value.</returns>
    /// <exception cref="NotSupportedException">There are too many bytes.</exception>
    public string Constant<T>(string name, ReadOnlySpan<int> shape, Func<T[]> values)
        where T : unmanaged
    {
        if (_constants.TryGetValue(name, out string? known))
            return known;
        T[] made = values();
        if ((_bytes += made.Length * MostBytesOf<T>()) > MaxBytes)
        {
            throw new NotSupportedException(
                $"The weights take more than the {MaxBytes >> 20} MiB that an ONNX file can hold: quantize the network, "
                + "or save it as a zip.");
        }
        return _constants[name] = AddConstant(name, shape, made);
    }

    /// <summary>The first rows and columns of maps [N, C, H, W]; all where none are told.</summary>
    public string Keep(string maps, (int Height, int Width)? kept) => kept is { } size
        ? Add("Slice", [maps, Numbers(0, 0), Numbers(size.Height, size.Width), Numbers(2, 3)], $"{maps}.kept") : maps;

    /// <summary>A list of whole numbers as a constant, such as axes.</summary>
    public string Numbers(params long[] values) => Constant($"[{string.Join(',', values)}]", [values.Length], () => values);

    protected abstract string AddNode(
        string operation, ReadOnlySpan<string> inputs, string output, ReadOnlySpan<OnnxAttribute> attributes);

    /// <param name="name">The wish for its name.</param>
    /// <param name="shape">Its shape; empty for a scalar.</param>
    /// <param name="values">Float, int, long or sbyte.</param>
    /// <returns>Its name.</returns>
    protected abstract string AddConstant<T>(string name, ReadOnlySpan<int> shape, T[] values)
        where T : unmanaged;

    /// <summary>Bytes that an element of a constant takes at most.</summary>
    protected virtual long MostBytesOf<T>()
        where T : unmanaged => Unsafe.SizeOf<T>();
}
