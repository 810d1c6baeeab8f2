using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Snn.Engine.Onnx;

namespace Microsoft.ML.Snn.Scoring.Onnx;

/// <summary>The part of a network in the model that ML.NET makes of a whole chain. Its operator sets end with 12.</summary>
internal sealed class PipelineGraph(OnnxContext context) : OnnxGraph
{
    // Of the standard operators; ML.NET takes none for its own.
    private const string Domain = "";

    // ML.NET takes a variable for the column of its name: such columns nobody has.
    private const string Prefix = "snn.";

    protected override bool AxesAreInputs => false;

    protected override string AdviceForFewerNodes =>
        "write the network by itself, one time step at a time, with SaveOnnx of the package Microsoft.ML.Snn.Interchange";

    /// <summary>Gives a variable that ML.NET has named its value.</summary>
    public void Assign(string variable, string value) =>
        context.CreateNode("Identity", value, variable, context.GetNodeName(variable), Domain);

    protected override string AddNode(
        string operation, ReadOnlySpan<string> inputs, string output, ReadOnlySpan<OnnxAttribute> attributes)
    {
        // ML.NET leaves types and shapes of such variables to the runtime.
        output = context.AddIntermediateVariable(null, Unique(output), skip: true);
        OnnxNode node = context.CreateNode(operation, inputs.ToArray(), [output], context.GetNodeName(output), Domain);
        foreach (OnnxAttribute attribute in attributes)
        {
            if (attribute.IsList)
                node.AddAttribute(attribute.Name, attribute.Values);
            else
                node.AddAttribute(attribute.Name, attribute.Values[0]);
        }
        return output;
    }

    protected override string AddConstant<T>(string name, ReadOnlySpan<int> shape, T[] values)
    {
        name = Unique(name);
        // ML.NET cannot multiply the sizes of a shape that has none.
        if (shape.IsEmpty)
        {
            return values[0] switch
            {
                float value => context.AddInitializer(value, name),
                long value => context.AddInitializer(value, name),
                _ => throw new ArgumentException($"{typeof(T)} is no type of scalar constants."),
            };
        }
        long[] sizes = [.. shape.ToArray().Select(size => (long)size)];
        return values switch
        {
            float[] floats => context.AddInitializer(floats, sizes, name),
            long[] numbers => context.AddInitializer(numbers, sizes, name),
            int[] numbers => context.AddInitializer(numbers, typeof(int), sizes, name),
            sbyte[] numbers => context.AddInitializer(Array.ConvertAll(numbers, number => (int)number), typeof(sbyte), sizes, name),
            _ => throw new ArgumentException($"{typeof(T)} is no type of constants."),
        };
    }

    /// <summary>ML.NET writes whole numbers one by one: those below zero have ten bytes.</summary>
    protected override long MostBytesOf<T>() => typeof(T) == typeof(float) ? sizeof(float) : 10;

    private string Unique(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            name = Prefix + name;
        while (context.ContainsColumn(name) || context.IsVariableDefined(name))
            name += "_";
        return name;
    }
}
