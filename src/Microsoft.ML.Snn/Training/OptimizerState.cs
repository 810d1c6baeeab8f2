using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn;

/// <summary>Reads and writes the momentum that stochastic gradient descent keeps of each parameter.</summary>
internal static class OptimizerState
{
    /// <summary>By the parameters' names; those without momentum (yet) are left out.</summary>
    public static Dictionary<string, float[]> Read(SGD optimizer, IReadOnlyList<(string Name, Parameter Value)> parameters)
    {
        var momentum = new Dictionary<string, float[]>();
        foreach ((string name, SGD.State state) in States(optimizer, parameters))
        {
            if (state.momentum_buffer is null)
                continue;
            using Tensor onCpu = state.momentum_buffer.cpu();
            using Tensor rowMajor = onCpu.contiguous();
            momentum.Add(name, rowMajor.data<float>().ToArray());
        }
        return momentum;
    }

    public static void Write(SGD optimizer, IReadOnlyList<(string Name, Parameter Value)> parameters, IReadOnlyDictionary<string, float[]> momentum)
    {
        foreach (((string name, SGD.State state), (_, Parameter parameter)) in States(optimizer, parameters).Zip(parameters))
        {
            if (!momentum.TryGetValue(name, out float[]? values))
                continue;
            using Tensor rowMajor = tensor(values, parameter.shape);
            // The optimizer's from now on, and of the parameter's own memory layout.
            Tensor buffer = empty_like(parameter).DetachFromDisposeScope();
            using (no_grad())
                buffer.copy_(rowMajor);
            state.momentum_buffer?.Dispose();
            state.momentum_buffer = buffer;
        }
    }

    private static IEnumerable<(string Name, SGD.State State)> States(SGD optimizer, IReadOnlyList<(string Name, Parameter Value)> parameters) =>
        parameters.Zip(optimizer.state_dict().State.Cast<SGD.State>(), (parameter, state) => (parameter.Name, state));
}
