using Microsoft.ML.Data;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Network;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Snn.Training.Running;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Neurons that learn their decay and threshold, from the option to the zip.</summary>
[Collection(nameof(LiveTensors))] // The number of threads is the process's.
public sealed class LearnedNeurons : IDisposable
{
    private readonly MLContext _context = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Slow]
    [Theory]
    [InlineData(NeuronLearning.PerLayer, NeuronLearning.None, 1, TrainingPrecision.Float32, TrainingMemory.Store, false)]
    [InlineData(NeuronLearning.None, NeuronLearning.PerChannel, 1, TrainingPrecision.Float32, TrainingMemory.Recompute, true)]
    [InlineData(NeuronLearning.PerChannel, NeuronLearning.PerLayer, 3, TrainingPrecision.BFloat16, TrainingMemory.Store, true)]
    public void A_model_is_trained_saved_loaded_and_has_what_was_learned(
        NeuronLearning decay, NeuronLearning threshold, int maxSpikes, TrainingPrecision precision, TrainingMemory memory, bool muon)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.Neuron = new() { LearnDecay = decay, LearnThreshold = threshold, MaxSpikes = maxSpikes };
        (options.Precision, options.Memory, options.AllowEmulatedBFloat16) = (precision, memory, true);
        options.Optimizer = TinyImages.Optimizer(muon);
        IDataView data = TinyImages.View(_context, 60), test = TinyImages.View(_context, 20, seed: 2);
        ITransformer model = TinyImages.Pipeline(_context, options).Fit(data);
        Assert.InRange(_context.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy, 0.75, 1);

        using var zip = new MemoryStream();
        _context.Model.Save(model, data.Schema, zip);
        ITransformer loaded = _context.Model.Load(zip, out _);
        Assert.Equal(Scores(model, test), Scores(loaded, test));
        NetworkLayer[] layers =
            [.. _context.Model.GetSpikingNetwork(loaded).Layers.Where(layer => layer.Kind == NetworkLayerKind.Neurons)];
        Assert.NotEmpty(layers);
        foreach (NetworkLayer layer in layers)
        {
            Check(decay, 0.25f, layer.Decay!);
            Check(threshold, 0.5f, layer.Threshold!);
        }

        static void Check(NeuronLearning learning, float start, IReadOnlyList<float> values)
        {
            Assert.Equal(learning == NeuronLearning.PerChannel, values.Distinct().Count() > 1);
            // A single channel may get no gradient, such as one that fires in every step but the last.
            Assert.Equal(learning != NeuronLearning.None, values.Any(value => Math.Abs(value - start) > 1e-5));
            Assert.All(values, value => Assert.InRange(value, 0.01f, 2));
        }
    }

    [Theory]
    [InlineData(NeuronLearning.PerLayer, NeuronLearning.PerChannel, 1)]
    [InlineData(NeuronLearning.PerChannel, NeuronLearning.None, 1)]
    [InlineData(NeuronLearning.None, NeuronLearning.PerLayer, 3)]
    public void Folding_changes_no_spike(NeuronLearning decay, NeuronLearning threshold, int maxSpikes)
    {
        SpikingResNetArchitecture architecture = new() { Stem = new(10), Stages = [new(2, 10), new(1, 12, 2)], HiddenUnits = 7 };
        LifNeuronOptions neuron = new() { LearnDecay = decay, LearnThreshold = threshold, MaxSpikes = maxSpikes };
        TrainedNetwork network = RandomNetworks.Trained(architecture, 2, 9, 4, neuron: neuron);
        float[] features = RandomNetworks.Features(network, 5);
        (_, double[] expected, NetworkGraph<double> fold) = FoldComparison.SameSpikes(network, features);
        float[] scores = new float[expected.Length];
        new SpikingNetwork(NetworkFolder.Round(fold)).Score(features, scores);
        Assert.Equal(expected, scores.Select(score => (double)score), (a, b) => Math.Abs(a - b) < 1e-3);
    }

    [Theory]
    [InlineData(ScalarType.Float64, NeuronLearning.PerLayer, NeuronLearning.PerChannel)]
    [InlineData(ScalarType.Float32, NeuronLearning.PerChannel, NeuronLearning.PerLayer)]
    public void The_engine_scores_as_the_network_in_training_does(ScalarType dtype, NeuronLearning decay, NeuronLearning threshold)
    {
        using DisposeScope scope = NewDisposeScope();
        (NetworkPlan plan, LifNeuronOptions neuron) = NetworkAgainstReference.Small(SpikingBlockKind.Basic, 6, detachReset: false);
        neuron = neuron with { LearnDecay = decay, LearnThreshold = threshold };
        using var network = new TrainableNetwork(plan, neuron, 3, dtype: dtype);
        network.Import(NetworkAgainstReference.Perturbed(network.Export()));
        Tensor input = NetworkAgainstReference.Values([3, 1, plan.Channels, plan.Height, plan.Width], 1).to(ScalarType.Float32);
        double[] expected = network.Forward(input.to(dtype), 3, training: false).mean([0L]).softmax(1).flatten()
            .to(ScalarType.Float64).data<double>().ToArray();

        var trained = new TrainedNetwork
        {
            Plan = plan, Neuron = neuron, Tensors = network.Export(), TimeSteps = 3, InputHasTimeSteps = true,
        };
        float[] scores = new float[plan.Classes];
        new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(trained))).Score(input.flatten().data<float>().ToArray(), scores);
        Assert.Equal(expected, scores.Select(score => (double)score), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Slow]
    [Fact]
    public void A_run_that_was_stopped_ends_with_the_same_neurons()
    {
        SpikingNetwork expected = Train(_ => { });
        Assert.Throws<InvalidOperationException>(() => Train(options =>
        {
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = metrics =>
            {
                if (metrics.Epoch == 2)
                    throw new InvalidOperationException("Stopped.");
            };
        }));
        var resumed = new List<int>();
        SpikingNetwork network = Train(options =>
        {
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = metrics => resumed.Add(metrics.Epoch);
        });
        Assert.Equal([3, 4], resumed);
        Assert.Equal(Neurons(expected), Neurons(network));

        SpikingNetwork Train(Action<SpikingResNetTrainer.Options> set)
        {
            SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 4);
            options.Neuron = new() { LearnDecay = NeuronLearning.PerChannel, LearnThreshold = NeuronLearning.PerLayer };
            options.EarlyPhases = [new(1, timeSteps: 1, scale: 0.5)];
            options.WeightAverageDecay = 0.9;
            options.Diagnostics = new() { IsometryVectors = 2 };
            set(options);
            return _context.Model.GetSpikingNetwork(TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 12)));
        }

        static float[][] Neurons(SpikingNetwork network) =>
        [
            .. network.Layers.Where(layer => layer.Decay is not null).SelectMany(layer =>
                new float[][] { [.. layer.Decay!], [.. layer.Threshold!] }),
        ];
    }

    [Fact]
    public void Weight_decay_leaves_the_neurons_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        (NetworkPlan plan, LifNeuronOptions neuron) = NetworkAgainstReference.Small(SpikingBlockKind.Basic, 6, detachReset: false);
        neuron = neuron with { LearnDecay = NeuronLearning.PerLayer, LearnThreshold = NeuronLearning.PerChannel };
        using var network = new TrainableNetwork(plan, neuron, 3);
        network.Import(NetworkAgainstReference.Perturbed(network.Export()));
        Dictionary<string, Tensor> before = network.Parameters.ToDictionary(p => p.Name, p => p.Value.detach().clone());
        using var optimizer = new NetworkOptimizer(
            TrainingOptimizer.StochasticGradientDescent(weightDecay: 0.1), ScalarType.Float32, network.Parameters);
        foreach ((_, Parameter value) in network.Parameters)
            value.grad = zeros_like(value);
        optimizer.Step(1);
        foreach ((string name, Parameter value) in network.Parameters)
        {
            Tensor expected = name.Contains(".neuron.") ? before[name] : before[name] * 0.9;
            Assert.True(value.allclose(expected, rtol: 1e-6), name);
        }
        Assert.Equal(network.Parameters.Select(p => p.Name).Order(), optimizer.Read().Keys.Order());
    }

    private static float[][] Scores(ITransformer model, IDataView data) => [.. model.Transform(data).GetColumn<float[]>("Score")];
}
