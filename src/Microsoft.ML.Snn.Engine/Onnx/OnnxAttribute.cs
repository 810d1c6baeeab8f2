namespace Microsoft.ML.Snn.Engine.Onnx;

/// <summary>A constant of a node, which is no value of the graph: a whole number, or a list of such.</summary>
internal readonly struct OnnxAttribute
{
    public OnnxAttribute(string name, long value) => (Name, Values) = (name, [value]);

    public OnnxAttribute(string name, params long[] values) => (Name, Values, IsList) = (name, values, true);

    public string Name { get; }

    /// <summary>One where it is no list.</summary>
    public long[] Values { get; }

    public bool IsList { get; }
}
