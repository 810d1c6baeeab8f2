using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>Changes a network's parameters by their gradients, as a <see cref="TrainingOptimizer"/> says.</summary>
internal sealed class NetworkOptimizer : IDisposable
{
    private readonly List<(IReadOnlyList<(string Name, Parameter Value)> Parameters, double Rate, SGD Descent)> _descents = [];
    private readonly List<(double Rate, Muon Muon)> _muons = [];

    /// <param name="optimizer">How.</param>
    /// <param name="productType">What Muon's matrix products are computed in.</param>
    /// <param name="parameters">The network's, from input to output.</param>
    /// <param name="rateOf">
    /// What the learning rate of a parameter is multiplied by; those of 0 are left alone. Null: 1 for all.
    /// </param>
    public NetworkOptimizer(
        TrainingOptimizer optimizer, ScalarType productType, IReadOnlyList<(string Name, Parameter Value)> parameters,
        Func<string, double>? rateOf = null)
    {
        rateOf ??= _ => 1;
        IReadOnlyList<(string Name, Parameter Value)> descending = parameters;
        if (optimizer.UsesMuon)
        {
            // The first reads the image and the last writes the scores; all others are between layers of neurons. Of these, tdBN takes out
            // the scale that Muon gives them; where a layer has a bias of its own instead, its scale has to be learned.
            HashSet<string> all = [.. parameters.Select(parameter => parameter.Name)];
            List<(string Name, Parameter Value)> weights =
            [
                .. parameters.Where(parameter => parameter.Value.dim() > 1).Skip(1).SkipLast(1)
                    .Where(parameter => !all.Contains($"{parameter.Name[..parameter.Name.LastIndexOf('.')]}.bias")),
            ];
            foreach ((double rate, List<(string Name, Parameter Value)> own) in ByRate(weights))
                _muons.Add((rate, new(own, optimizer.Momentum, productType)));
            HashSet<string> names = [.. weights.Select(weight => weight.Name)];
            descending = [.. parameters.Where(parameter => !names.Contains(parameter.Name))];
        }
        Add([.. descending.Where(parameter => !NeuronParameters.HasName(parameter.Name))], optimizer.WeightDecay);
        // 0 means nothing for what neurons learn: a decay of 1/2, or the threshold at the beginning.
        Add([.. descending.Where(parameter => NeuronParameters.HasName(parameter.Name))], weightDecay: 0);

        void Add(IReadOnlyList<(string Name, Parameter Value)> own, double weightDecay)
        {
            foreach ((double rate, List<(string Name, Parameter Value)> group) in ByRate(own))
            {
                // Each step brings its own learning rate.
                _descents.Add((group, rate, optim.SGD(
                    group.Select(parameter => parameter.Value), learningRate: 0, optimizer.Momentum, weight_decay: weightDecay)));
            }
        }

        IEnumerable<(double Rate, List<(string Name, Parameter Value)> Parameters)> ByRate(
            IReadOnlyList<(string Name, Parameter Value)> own) =>
            own.GroupBy(parameter => rateOf(parameter.Name)).Where(group => group.Key > 0).Select(group => (group.Key, group.ToList()));
    }

    public void ClearGradients()
    {
        foreach ((_, _, SGD descent) in _descents)
            descent.zero_grad();
        foreach ((_, Muon muon) in _muons)
            muon.ClearGradients();
    }

    public void Step(double learningRate)
    {
        foreach ((_, double rate, SGD descent) in _descents)
        {
            foreach (SGD.ParamGroup group in descent.ParamGroups.Cast<SGD.ParamGroup>())
                group.LearningRate = learningRate * rate;
            descent.step();
        }
        foreach ((double rate, Muon muon) in _muons)
            muon.Step(learningRate * rate);
    }

    /// <summary>The momentum of each parameter, by name; those without momentum (yet) are left out.</summary>
    public Dictionary<string, float[]> Read()
    {
        Dictionary<string, float[]> momentum = _muons.SelectMany(muon => muon.Muon.Read()).ToDictionary();
        foreach ((string name, _, SGD.State state) in States())
        {
            if (state.momentum_buffer is { } buffer)
                momentum.Add(name, TensorMemory.ToArray(buffer));
        }
        return momentum;
    }

    public void Write(IReadOnlyDictionary<string, float[]> momentum)
    {
        foreach ((_, Muon muon) in _muons)
            muon.Write(momentum);
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
        foreach ((_, _, SGD descent) in _descents)
            descent.Dispose();
        foreach ((_, Muon muon) in _muons)
            muon.Dispose();
    }

    private IEnumerable<(string Name, Parameter Value, SGD.State State)> States() =>
        _descents.SelectMany(descent => descent.Parameters.Zip(
            descent.Descent.state_dict().State.Cast<SGD.State>(), (parameter, state) => (parameter.Name, parameter.Value, state)));
}
