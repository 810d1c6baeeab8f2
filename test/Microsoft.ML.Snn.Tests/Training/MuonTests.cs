using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Snn.Torch;
using Microsoft.ML.Snn.Training.Running;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Against the singular value decomposition, in float64.</summary>
public sealed class MuonTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(12, 40, ScalarType.Float64)]
    [InlineData(40, 12, ScalarType.Float64)]
    [InlineData(24, 24, ScalarType.Float32)]
    [InlineData(12, 40, ScalarType.BFloat16)]
    public void A_direction_keeps_its_singular_vectors_and_gets_singular_values_near_one(int rows, int columns, ScalarType type)
    {
        Tensor matrix = Values(rows, columns);
        (Tensor u, Tensor s, Tensor vh) = linalg.svd(matrix, fullMatrices: false);
        using var muon = new Muon([], 0.9, type);

        // In the matrix's own singular vectors, the result is the diagonal of what the published polynomial makes of each singular value.
        Tensor rotated = u.t().matmul(muon.Orthogonal(matrix)).matmul(vh.t());
        Tensor value = s / s.pow(2).sum().sqrt();
        for (int i = 0; i < 3; i++)
            value = 3.4445 * value - 4.7750 * value.pow(3) + 2.0315 * value.pow(5);
        double tolerance = type switch { ScalarType.Float64 => 1e-6, ScalarType.Float32 => 1e-4, _ => 0.05 };
        Assert.InRange((rotated - diag(value)).abs().max().ToDouble(), 0, tolerance);
        // A random matrix of these shapes has singular values within a factor of 30 of each other, but for square ones.
        if (rows != columns)
            Assert.All(value.data<double>(), singular => Assert.InRange(singular, 0.6, 1.25));
    }

    [Theory]
    [InlineData(8, 5, 3, false)]
    [InlineData(8, 5, 3, true)]     // channels-last, as a network's weights are on the CPU
    [InlineData(20, 6, 1, true)]    // more neurons than weights of each
    public void A_step_sets_the_norm_and_subtracts_the_orthogonal_Nesterov_momentum(int neurons, int channels, int kernel, bool channelsLast)
    {
        const double momentum = 0.9, rate = 0.05;
        long[] shape = [neurons, channels, kernel, kernel];
        var weight = new Parameter(channelsLast ? TensorMemory.ToChannelsLast(Values(shape)) : Values(shape));
        Tensor expected = weight.detach().clone(), first = Values(shape), second = Values(shape);
        using var muon = new Muon([("weight", weight)], momentum, ScalarType.Float64);

        Step(first);
        // From momentum 0: g, and with Nesterov's look ahead (1 + momentum) g, whose length plays no part.
        expected = Expected(expected, first);
        Assert.True(weight.allclose(expected, rtol: 1e-9));

        Step(second);
        // Momentum: momentum * g1 + g2.
        expected = Expected(expected, second + momentum * (momentum * first + second));
        Assert.True(weight.allclose(expected, rtol: 1e-9));

        void Step(Tensor gradient)
        {
            muon.ClearGradients();
            Assert.Null(weight.grad);
            weight.grad = gradient.clone();
            muon.Step(rate);
        }

        Tensor Expected(Tensor from, Tensor direction) =>
            from * (Math.Sqrt(neurons) / from.pow(2).sum().sqrt()) - rate * muon.Orthogonal(direction.reshape(neurons, -1)).reshape(shape);
    }

    [Fact]
    public void Momentum_that_was_read_goes_on_where_it_was()
    {
        var weight = new Parameter(Values(8, 45).to(ScalarType.Float32));
        using var first = new Muon([("weight", weight)], 0.9, ScalarType.Float32);
        Assert.Empty(first.Read());
        weight.grad = Values(8, 45).to(ScalarType.Float32);
        first.Step(0.05);
        var copy = new Parameter(weight.detach().clone());
        using var second = new Muon([("weight", copy)], 0.9, ScalarType.Float32);
        second.Write(first.Read());
        Tensor gradient = Values(8, 45).to(ScalarType.Float32);
        (weight.grad, copy.grad) = (gradient.clone(), gradient.clone());
        first.Step(0.05);
        second.Step(0.05);
        Assert.Equal(weight.data<float>().ToArray(), copy.data<float>().ToArray());
    }

    [Fact]
    public void All_weights_between_the_first_and_the_last_layer_learn_by_it_and_the_rest_by_gradient_descent()
    {
        NetworkPlan plan = NetworkPlan.Create(new() { Stem = new(8), Stages = [new(1, 8), new(1, 16, 2)], HiddenUnits = 6 }, 3, 8, 8, 3);
        using var network = new TrainableNetwork(plan, new(), 1);
        var before = network.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value.detach().clone());
        using var optimizer = new NetworkOptimizer(TrainingOptimizer.Muon(weightDecay: 0), ScalarType.Float32, network.Parameters);
        optimizer.ClearGradients();
        network.Backward(network.Forward(rand([4, 3, 8, 8], generator: new Generator(1)) - 0.5, 2, training: true).pow(2).sum());
        var gradients = network.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value.grad!.clone());
        optimizer.Step(0.05);

        var byMuon = new List<string>();
        foreach ((string name, Parameter value) in network.Parameters)
        {
            if (!value.allclose(before[name] - 0.05 * gradients[name], rtol: 1e-5, atol: 1e-7))
                byMuon.Add(name);
        }
        Assert.Equal(
            [
                "stages.0.0.1.conv.weight", "stages.0.0.2.conv.weight", "stages.1.0.1.conv.weight", "stages.1.0.2.conv.weight",
                "stages.1.0.shortcut.conv.weight", "head.hidden.weight",
            ],
            byMuon.Order().OrderBy(name => name.StartsWith("head")));
        Assert.Equal(network.Parameters.Count, optimizer.Read().Count);
    }

    [Fact]
    public void A_hidden_layer_without_a_tdBN_which_would_take_its_scale_out_learns_by_gradient_descent()
    {
        NetworkPlan plan = NetworkPlan.Create(
            new() { Stem = new(8), Stages = [new(1, 8)], HiddenUnits = 6, HeadPooling = 4, HiddenNormalization = false }, 3, 8, 8, 3);
        using var network = new TrainableNetwork(plan, new(), 1);
        using var optimizer = new NetworkOptimizer(TrainingOptimizer.Muon(weightDecay: 0), ScalarType.Float32, network.Parameters);
        Parameter weight = network.Parameters.Single(parameter => parameter.Name == "head.hidden.weight").Value;
        Tensor before = weight.detach().clone();
        network.Backward(network.Forward(rand([4, 3, 8, 8], generator: new Generator(1)) - 0.5, 2, training: true).pow(2).sum());
        Tensor gradient = weight.grad!.clone();
        optimizer.Step(0.05);
        Assert.True(weight.allclose(before - 0.05 * gradient, rtol: 1e-5, atol: 1e-7));
        Assert.Equal(network.Parameters.Count, optimizer.Read().Count);
    }

    [Slow]
    [Theory]
    [InlineData(TrainingPrecision.Float32)]
    [InlineData(TrainingPrecision.BFloat16)]
    public void A_network_trained_by_it_tells_unseen_images_apart(TrainingPrecision precision)
    {
        var context = new MLContext(seed: 1);
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.Optimizer = TrainingOptimizer.Muon();
        (options.Precision, options.AllowEmulatedBFloat16) = (precision, true);
        ITransformer model = TinyImages.Pipeline(context, options).Fit(TinyImages.View(context, 60));
        Assert.True(context.MulticlassClassification.Evaluate(model.Transform(TinyImages.View(context, 20, seed: 2))).MicroAccuracy > 0.9);
    }

    /// <summary>Normal values, float64, the same each time the test runs.</summary>
    private Tensor Values(params long[] shape) => randn(shape, dtype: ScalarType.Float64, generator: _generator);

    private readonly Generator _generator = new(5);
}
