using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network;

public class NetworkState
{
    public static TheoryData<string> Presets() => ["ResNet17", "ResNet18", "ResNet19", "ResNet34", "ResNet34Large", "ResNet50"];

    [Theory, MemberData(nameof(Presets))]
    public void Every_layer_fires_at_the_start(string preset)
    {
        var architecture = (SpikingResNetArchitecture)typeof(SpikingResNetArchitecture).GetProperty(preset)!.GetValue(null)!;
        NetworkPlan plan = NetworkPlan.Create(architecture.WithWidth(0.125), 3, 32, 32, 10);
        using DisposeScope scope = NewDisposeScope();
        using var network = new TrainableNetwork(plan, new(), 1);
        network.Forward(Image(4, plan), 2, training: true);
        Assert.Equal(1 + plan.Blocks.Sum(block => block.Convolutions.Length) + (plan.Hidden is null ? 0 : 1), network.FiringRates.Count);
        Assert.All(network.FiringRates, layer => Assert.InRange(layer.Rate, 0.05, 0.5));
    }

    /// <summary>Without a tdBN, the hidden layer's weights alone make its neurons fire.</summary>
    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(1.0, 1)]
    [InlineData(4.0, 1)]
    [InlineData(0.5, 4)]
    public void So_does_a_hidden_layer_without_a_tdBN(double threshold, int maxSpikes)
    {
        LifNeuronOptions neuron = new() { Threshold = threshold, SurrogateWidth = 2 * threshold, MaxSpikes = maxSpikes };
        foreach (int window in (int[])[0, 1, 2])
        {
            SpikingResNetArchitecture architecture = SpikingResNetArchitecture.ResNet19.WithWidth(0.125) with
            {
                HeadPooling = window, HiddenNormalization = false,
            };
            NetworkPlan plan = NetworkPlan.Create(architecture, 3, 32, 32, 10);
            using DisposeScope scope = NewDisposeScope();
            using var network = new TrainableNetwork(plan, neuron, 1);
            network.Forward(Image(4, plan), 2, training: true);
            Assert.InRange(network.FiringRates[^1].Rate / maxSpikes, 0.05, 0.4);
            Assert.All(network.Export()["head.hidden.bias"], bias => Assert.Equal(0, bias));

            // The same random numbers, made larger: E[x^2] = 1 / (s^2 in) of the inputs, for currents of deviation Vth.
            using var normalized = new TrainableNetwork(
                NetworkPlan.Create(architecture with { HiddenNormalization = true }, 3, 32, 32, 10), neuron, 1);
            float[] own = network.Export()["head.hidden.weight"], other = normalized.Export()["head.hidden.weight"];
            // One spike: a share of 1 - Phi(1) of the neurons fires, which a window of P pixels averages.
            const double p = 0.15865525;
            double pixels = window == 0 ? 64 : window * window, factor = threshold / Math.Sqrt(2 * (p * p + p * (1 - p) / pixels));
            if (maxSpikes == 1)
                Assert.Equal(other.Select(w => w * factor), own.Select(w => (double)w), (a, b) => Math.Abs(a - b) < 1e-5 * (1 + Math.Abs(a)));
            Assert.Equal(normalized.Export()["head.output.weight"], network.Export()["head.output.weight"]);
        }
    }

    [Fact]
    public void Neuron_layers_are_named_after_their_place()
    {
        using var network = new TrainableNetwork(Plan(), new(), 1);
        string[] expected = ["stem", "stages.0.0.1", "stages.0.0", "stages.1.0.1", "stages.1.0", "head.hidden"];
        Assert.Equal(expected, network.FiringRates.Select(layer => layer.Name));
    }

    [Fact]
    public void Exported_tensors_have_the_documented_names_and_lengths()
    {
        NetworkPlan plan = Plan();
        using var network = new TrainableNetwork(plan, new(), 1);
        var expected = new Dictionary<string, long>();
        foreach (ConvolutionPlan convolution in plan.Convolutions)
        {
            expected[$"{convolution.Name}.conv.weight"] = convolution.WeightCount;
            AddNorm(convolution.Name, convolution.Out);
        }
        AddNorm("stages.0.0.shortcut", 8);
        expected["head.hidden.weight"] = 16 * 6;
        AddNorm("head.hidden", 6);
        expected["head.output.weight"] = 6 * 3;
        expected["head.output.bias"] = 3;
        Assert.Equal(expected, network.Export().ToDictionary(t => t.Key, t => (long)t.Value.Length));
        Assert.Equal(plan.ParameterCount, network.Parameters.Sum(parameter => parameter.Value.numel()));

        // With 2x2 windows of its 4x4 pixels, and a bias in place of a tdBN.
        NetworkPlan windows = NetworkPlan.Create(
            new()
            {
                Stem = new(8), Stages = [new(1, 8), new(1, 16, 2)], HiddenUnits = 6, HeadPooling = 2, HiddenNormalization = false,
            },
            3, 8, 8, 3);
        using var other = new TrainableNetwork(windows, new(), 1);
        foreach (string tensor in expected.Keys.Where(name => name.StartsWith("head.hidden.norm", StringComparison.Ordinal)).ToArray())
            expected.Remove(tensor);
        expected["head.hidden.weight"] = 16 * 4 * 6;
        expected["head.hidden.bias"] = 6;
        Assert.Equal(expected, other.Export().ToDictionary(t => t.Key, t => (long)t.Value.Length));
        Assert.Equal(expected, TensorSizes.Of(windows, new()));
        Assert.Equal(windows.ParameterCount, other.Parameters.Sum(parameter => parameter.Value.numel()));

        void AddNorm(string name, int channels)
        {
            foreach (string tensor in new[] { "weight", "bias", "running_mean", "running_var" })
                expected[$"{name}.norm.{tensor}"] = channels;
        }
    }

    [Fact]
    public void Weights_are_exported_in_row_major_order_and_come_back_the_same()
    {
        using DisposeScope scope = NewDisposeScope();
        NetworkPlan plan = Plan();
        using var first = new TrainableNetwork(plan, new(), 1);
        using var second = new TrainableNetwork(plan, new(), 2);
        IReadOnlyDictionary<string, float[]> tensors = NetworkAgainstReference.Perturbed(first.Export());
        first.Import(tensors);
        second.Import(first.Export());
        Assert.Equal(tensors, first.Export());
        Tensor weight = first.Parameters.Single(p => p.Name == "stages.1.0.2.conv.weight").Value;
        Assert.Equal(tensors["stages.1.0.2.conv.weight"][((3 * 16 + 5) * 3 + 1) * 3 + 2], weight[3, 5, 1, 2].item<float>());
        Assert.Equal(first.Forward(Image(2, plan), 2, false).data<float>(), second.Forward(Image(2, plan), 2, false).data<float>());
    }

    [Fact]
    public void Tensors_that_do_not_fit_are_rejected_by_name_and_change_nothing()
    {
        using var network = new TrainableNetwork(Plan(), new(), 1);
        IReadOnlyDictionary<string, float[]> before = network.Export();
        var tensors = new Dictionary<string, float[]>(before) { ["stem.conv.weight"] = new float[before["stem.conv.weight"].Length] };
        tensors.Remove("head.output.bias");
        Assert.Contains("head.output.bias", Assert.Throws<KeyNotFoundException>(() => network.Import(tensors)).Message);
        tensors["head.output.bias"] = new float[4];
        Assert.Contains("head.output.bias", Assert.Throws<ArgumentException>(() => network.Import(tensors)).Message);
        Assert.Equal(before, network.Export());
    }

    [Fact]
    public void Weights_depend_on_the_seed_alone()
    {
        NetworkPlan plan = Plan();
        using var first = new TrainableNetwork(plan, new(), 1);
        using var same = new TrainableNetwork(plan, new(), 1);
        using var other = new TrainableNetwork(plan, new(), 2);
        Assert.Equal(first.Export(), same.Export());
        Assert.NotEqual(first.Export()["stem.conv.weight"], other.Export()["stem.conv.weight"]);
    }

    [Fact]
    public void Initial_weights_are_normal_with_variance_two_by_fan_in()
    {
        const int fanIn = 72;
        double[] values = [.. new WeightGenerator(-1).KaimingNormal(200_000, fanIn).Select(w => w / Math.Sqrt(2.0 / fanIn))];
        Assert.Equal(0, values.Average(), 0.01);
        Assert.Equal(1, values.Average(v => v * v), 0.02);
        Assert.Equal(0.1587, values.Count(v => v > 1) / (double)values.Length, 0.004);
        Assert.Equal(0.0228, values.Count(v => v < -2) / (double)values.Length, 0.002);
    }

    [Fact]
    public void Torchs_global_state_stays_as_it_is()
    {
        using DisposeScope scope = NewDisposeScope();
        int threads = get_num_threads();
        ScalarType type = get_default_dtype();
        byte[] generator = random.get_rng_state().data<byte>().ToArray();
        foreach (bool gradients in new[] { true, false })
        {
            using IDisposable mode = set_grad_enabled(gradients);
            using var network = new TrainableNetwork(Plan(), new(), 1);
            Tensor output = network.Forward(Image(2, Plan()), 2, training: true);
            output.backward([ones_like(output)]);
            network.Forward(Image(2, Plan()), 2, training: false);
            Assert.Equal(gradients, is_grad_enabled());
            Assert.NotNull(network.Parameters[0].Value.grad);
        }
        Assert.Equal(threads, get_num_threads());
        Assert.Equal(type, get_default_dtype());
        Assert.Equal(generator, random.get_rng_state().data<byte>().ToArray());
    }

    [Slow]
    [Fact]
    public void Networks_train_on_several_threads_at_once()
    {
        float[][] gradients = new float[64][];
        Parallel.For(0, gradients.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => gradients[i] = WeightGradient());
        Assert.All(gradients, gradient => Assert.Equal(gradients[0], gradient));

        static float[] WeightGradient()
        {
            using DisposeScope scope = NewDisposeScope();
            using var network = new TrainableNetwork(Plan(), new(), 1);
            Tensor output = network.Forward(Image(2, Plan()), 2, training: true);
            output.backward([ones_like(output)]);
            return [.. network.Parameters[0].Value.grad!.data<float>()];
        }
    }

    [Fact]
    public void An_error_in_the_backward_pass_reaches_the_caller()
    {
        using DisposeScope scope = NewDisposeScope();
        using var network = new TrainableNetwork(Plan(), new(), 1);
        Tensor sum = network.Forward(Image(2, Plan()), 2, training: true).sum();
        sum.backward(null, retain_graph: true);
        Assert.Contains("second forward pass", Assert.Throws<InvalidOperationException>(() => network.Backward(sum)).Message);
    }

    [Fact]
    public void A_last_batch_of_one_sample_and_one_step_trains()
    {
        using DisposeScope scope = NewDisposeScope();
        using var network = new TrainableNetwork(Plan(), new(), 1);
        network.Forward(Image(1, Plan()), 1, training: true).sum().backward();
        Assert.All(network.Export(), tensor => Assert.All(tensor.Value, value => Assert.True(float.IsFinite(value))));
    }

    [Fact]
    public void Wrong_inputs_are_rejected_with_both_shapes()
    {
        using DisposeScope scope = NewDisposeScope();
        NetworkPlan plan = Plan();
        using var network = new TrainableNetwork(plan, new(), 1);
        string message = Assert.Throws<ArgumentException>(() => network.Forward(zeros(2, 3, 8, 9), 2, true)).Message;
        Assert.Contains("[2, 3, 8, 9]", message);
        Assert.Contains("[N, 3, 8, 8]", message);
        Assert.Throws<ArgumentException>(() => network.Forward(zeros([3, 2, 3, 8, 8]), 2, true));
        Assert.Throws<ArgumentException>(() => network.Forward(zeros(0, 3, 8, 8), 2, true));
        Assert.Throws<ArgumentException>(() => network.Forward(zeros(3, 8, 8), 2, true));
        Assert.Throws<ArgumentOutOfRangeException>(() => network.Forward(zeros(2, 3, 8, 8), 0, true));
        message = Assert.Throws<ArgumentException>(() => network.Forward(zeros(2, 3, 8, 8, dtype: ScalarType.Float64), 2, true)).Message;
        Assert.Contains("Float64", message);
        Assert.Throws<ArgumentException>(() => new TrainableNetwork(plan, new(), 1, dtype: ScalarType.Int32));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainableNetwork(plan, new() { Decay = 1.5 }, 1));
    }

    [Theory]
    [InlineData("Linux", "libtorch-cpu-linux-x64")]
    [InlineData("Windows", "libtorch-cpu-win-x64")]
    [InlineData("OSX", "libtorch-cpu-osx-arm64")]
    public void Absent_native_libraries_are_reported_with_the_packages_to_add(string platform, string package)
    {
        TorchNatives.EnsureLoaded();
        string message = TorchNatives.MissingMessage(System.Runtime.InteropServices.OSPlatform.Create(platform.ToUpperInvariant()));
        Assert.Contains(package, message);
        var central = System.Xml.Linq.XDocument.Load(Repository.Path("Directory.Packages.props"));
        Assert.Contains($"TorchSharp, version {central.Descendants("TorchSharpVersion").Single().Value},", message);
        Assert.Contains($", version {central.Descendants("LibtorchVersion").Single().Value}.", message);
    }

    internal static NetworkPlan Plan() =>
        NetworkPlan.Create(new() { Stem = new(8), Stages = [new(1, 8), new(1, 16, 2)], HiddenUnits = 6 }, 3, 8, 8, 3);

    internal static Tensor Image(int count, NetworkPlan plan)
    {
        var random = new Random(count);
        float[] values = [.. Enumerable.Range(0, count * plan.Channels * plan.Height * plan.Width).Select(_ => random.NextSingle())];
        return tensor(values, [count, plan.Channels, plan.Height, plan.Width]);
    }
}
