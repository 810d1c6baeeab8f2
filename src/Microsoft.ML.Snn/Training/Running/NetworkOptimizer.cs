using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn;

/// <summary>Changes a network's parameters by their gradients, as the options' <see cref="TrainingOptimizer"/> says.</summary>
internal sealed class NetworkOptimizer : IDisposable
{
    private readonly IReadOnlyList<(string Name, Parameter Value)> _descending;
    private readonly SGD _descent;
    private readonly Muon? _muon;

    public NetworkOptimizer(SpikingResNetTrainer.Options options, IReadOnlyList<(string Name, Parameter Value)> parameters)
    {
        _descending = parameters;
        if (options.Optimizer == TrainingOptimizer.Muon)
        {
            // The first reads the image and the last writes the scores; all others are between layers of neurons.
            List<(string Name, Parameter Value)> weights = [.. parameters.Where(parameter => parameter.Value.dim() > 1).Skip(1).SkipLast(1)];
            _muon = new(weights, options.Momentum, options.Precision.ProductType());
            HashSet<string> names = [.. weights.Select(weight => weight.Name)];
            _descending = [.. parameters.Where(parameter => !names.Contains(parameter.Name))];
        }
        _descent = optim.SGD(
            _descending.Select(parameter => parameter.Value), options.LearningRate, options.Momentum, weight_decay: options.WeightDecay);
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
