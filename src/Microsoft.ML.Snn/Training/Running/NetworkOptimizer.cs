using Microsoft.ML.Snn.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>Changes a network's parameters by their gradients, as a <see cref="TrainingOptimizer"/> says.</summary>
internal sealed class NetworkOptimizer : IDisposable
{
    private readonly IReadOnlyList<(string Name, Parameter Value)> _descending;
    private readonly SGD _descent;
    private readonly Muon? _muon;

    /// <param name="optimizer">How.</param>
    /// <param name="productType">What Muon's matrix products are computed in.</param>
    /// <param name="parameters">The network's, from input to output.</param>
    public NetworkOptimizer(TrainingOptimizer optimizer, ScalarType productType, IReadOnlyList<(string Name, Parameter Value)> parameters)
    {
        _descending = parameters;
        if (optimizer.UsesMuon)
        {
            // The first reads the image and the last writes the scores; all others are between layers of neurons.
            List<(string Name, Parameter Value)> weights =
                [.. parameters.Where(parameter => parameter.Value.dim() > 1).Skip(1).SkipLast(1)];
            _muon = new(weights, optimizer.Momentum, productType);
            HashSet<string> names = [.. weights.Select(weight => weight.Name)];
            _descending = [.. parameters.Where(parameter => !names.Contains(parameter.Name))];
        }
        // Each step brings its own learning rate.
        _descent = optim.SGD(
            _descending.Select(parameter => parameter.Value), learningRate: 0, optimizer.Momentum, weight_decay: optimizer.WeightDecay);
    }

    public void ClearGradients()
    {
        _descent.zero_grad();
        _muon?.ClearGradients();
    }

    public void Step(double learningRate)
    {
        foreach (SGD.ParamGroup group in _descent.ParamGroups.Cast<SGD.ParamGroup>())
            group.LearningRate = learningRate;
        _descent.step();
        _muon?.Step(learningRate);
    }

    /// <summary>The momentum of each parameter, by name; those without momentum (yet) are left out.</summary>
    public Dictionary<string, float[]> Read()
    {
        Dictionary<string, float[]> momentum = _muon?.Read() ?? [];
        foreach ((string name, _, SGD.State state) in States())
        {
            if (state.momentum_buffer is { } buffer)
                momentum.Add(name, TensorMemory.ToArray(buffer));
        }
        return momentum;
    }

    public void Write(IReadOnlyDictionary<string, float[]> momentum)
    {
        _muon?.Write(momentum);
        foreach ((string name, Parameter parameter, SGD.State state) in States())
        {
            if (!momentum.TryGetValue(name, out float[]? values))
                continue;
            using Tensor rowMajor = TensorMemory.FromArray(values, parameter.shape);
            // The optimizer's from now on, and of the parameter's own memory layout.
            Tensor buffer = empty_like(parameter).DetachFromDisposeScope();
            using (no_grad())
                buffer.copy_(rowMajor);
            state.momentum_buffer?.Dispose();
            state.momentum_buffer = buffer;
        }
    }

    public void Dispose()
    {
        _descent.Dispose();
        _muon?.Dispose();
    }

    private IEnumerable<(string Name, Parameter Value, SGD.State State)> States() =>
        _descending.Zip(_descent.state_dict().State.Cast<SGD.State>(), (parameter, state) => (parameter.Name, parameter.Value, state));
}
