using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Engine.Onnx;

/// <summary>What the network's input and earlier layers give in the current time step, in each type that later ones ask for.</summary>
internal sealed class StepValues(OnnxGraph onnx)
{
    // By the name of the neurons, and what is asked for.
    private readonly Dictionary<(string Neuron, string Form), string> _values = [];

    /// <summary>The step, from 0.</summary>
    public int Step { get; private set; }

    /// <summary>The input, [N, C, H, W], normalized where the network does so.</summary>
    public string Input { get; private set; } = "";

    public void Begin(int step, string input)
    {
        _values.Clear();
        (Step, Input) = (step, input);
    }

    /// <summary>The name of what a node gives in this step.</summary>
    public string Name(string node) => $"{node}@{Step}";

    /// <summary>Takes what neurons send: where they fire, as truth values, and the number of spikes where that is more than one.</summary>
    public void Send(NeuronNode<float> neuron, string fired, string? count)
    {
        _values[(neuron.Name, "spikes")] = count ?? fired;
        if (count is not null)
            _values[(neuron.Name, "float")] = count;
    }

    /// <summary>Spikes as float32, [N, C, H, W].</summary>
    public string Floats(NeuronNode<float> neuron) => Cast(neuron, "float", OnnxElementType.Float);

    /// <summary>Spikes as uint8, [N, C, H, W].</summary>
    public string Bytes(NeuronNode<float> neuron) => Cast(neuron, "uint8", OnnxElementType.Uint8);

    /// <summary>Spikes as int32, [N, C, H, W].</summary>
    public string Integers(NeuronNode<float> neuron) => Cast(neuron, "int32", OnnxElementType.Int32);

    /// <summary>The number of spikes of each channel as float32, [N, C, 1, 1].</summary>
    public string Counts(NeuronNode<float> neuron) => Get(neuron, "counts", name =>
        onnx.AddOverAxes("ReduceSum", Floats(neuron), [2, 3], name, new OnnxAttribute("keepdims", 1)));

    private string Cast(NeuronNode<float> neuron, string form, OnnxElementType type) => Get(neuron, form, name =>
        onnx.AddCast(_values[(neuron.Name, "spikes")], type, name));

    private string Get(NeuronNode<float> neuron, string form, Func<string, string> add)
    {
        if (!_values.TryGetValue((neuron.Name, form), out string? value))
            _values[(neuron.Name, form)] = value = add($"{Name(neuron.Name)}.{form}");
        return value;
    }
}
