using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>Networks that spiking_resnet.py trained, scored there and wrote. Needs Debian's python3-torch.</summary>
[Slow]
public sealed class PyTorchWeights(ITestOutputHelper output) : IDisposable
{
    private const int Samples = 24, Length = 3 * 12 * 12, Classes = 5;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2, 1, 0.0, true)]
    [InlineData(2, 1, 0.0, false)]
    [InlineData(4, 0.7, -0.25, true)]
    [InlineData(1.5, 1, 0.1, false)]
    [InlineData(2, 1, null, true)]
    [InlineData(3, 0.8, null, false)]
    public void Spikes_and_scores_are_those_of_PyTorch(double tau, double threshold, double? reset, bool decayInput)
    {
        Expected expected = Train(tau, threshold, reset, decayInput);
        PyTorchNetworkOptions options = new()
        {
            InputShape = [3, 12, 12], TimeSteps = 4, Tau = tau, Threshold = threshold, Reset = reset, DecayInput = decayInput,
        };
        PyTorchImport import = PyTorchNetwork.Load(Path("weights.pt"), options);
        Assert.Equal(reset is null, import.Network.Layers.Any(layer => layer.HasSoftReset));
        Compare(import.Network, expected);

        // The same from the other files.
        float[][] first = FoldedWeights.Of(import.Network);
        Assert.Equal(first, FoldedWeights.Of(PyTorchNetwork.Load(Path("weights.safetensors"), options).Network));
        Assert.Equal(first, FoldedWeights.Of(PyTorchNetwork.Load(Path("nested.pt"), options with { Prefix = "net." }).Network));
        Assert.Equal("stages.1.0.shortcut", import.Tensors.Single(t => t.Name == "layer2.0.downsample.0.weight").Layer);
        Assert.All(import.Tensors, t => Assert.Equal(t.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal), t.Layer is null));

        // A whole module is code.
        var e = Assert.Throws<InvalidDataException>(() => PyTorchNetwork.Load(Path("module.pt"), options));
        Assert.Contains("__main__.SpikingResNet", e.Message);
    }

    [Theory]
    [InlineData(2, 0.8, 0)]
    [InlineData(4, 1, 0)]
    [InlineData(2, 1, 2)]
    [InlineData(4, 0.8, 1)]
    public void So_they_are_of_BrainCogs_names_with_thresholds_normalized_identities_and_a_hidden_layer(
        double tau, double threshold, int window)
    {
        Expected expected = Run("braincog_resnet.py", Text(tau), Text(threshold), Text(window));
        PyTorchNetworkOptions options = new()
        {
            InputShape = [3, 12, 12], TimeSteps = 4, Tau = tau, FiresAtThreshold = false, HeadPooling = window,
        };
        PyTorchImport import = PyTorchNetwork.Load(Path("weights.pt"), options);
        Compare(import.Network, expected);
        Assert.Equal((float)(threshold * tau), import.Network.Layers.Single(layer => layer.Name == "head.hidden.neuron").Threshold![0]);
        Assert.Equal("head.hidden", import.Tensors.Single(t => t.Name == "fc1.weight").Layer);
        Assert.Equal("head.hidden.neuron", import.Tensors.Single(t => t.Name == "node2.threshold").Layer);
        Assert.Equal("stages.0.0.shortcut", import.Tensors.Single(t => t.Name == "layer1.0.downsample.0.running_mean").Layer);
        Assert.Null(import.Tensors.Single(t => t.Name == "layer1.0.node1.act_fun.alpha").Layer);
        // A neuron that fires at its threshold has a lower one in the engine.
        SpikingNetwork at = PyTorchNetwork.Load(Path("weights.pt"), options with { FiresAtThreshold = true }).Network;
        Assert.Equal(
            MathF.BitDecrement((float)(threshold * tau)), at.Layers.Single(layer => layer.Name == "head.hidden.neuron").Threshold![0]);
        var e = Assert.Throws<InvalidDataException>(() => PyTorchNetwork.Load(Path("weights.pt"), options with
        {
            Reset = 1.5 * threshold, Threshold = 2 * threshold,
        }));
        Assert.Contains("Tensor node1.threshold [] is not a threshold above", e.Message);

        // Another pooling than the network's is no network.
        Refused(window == 2 ? 0 : 2, "fc1.weight");
        Refused(4, "windows of 4x4");
        Refused(window == 2 ? 3 : 2, "HeadPooling");

        void Refused(int other, string named) => Assert.Contains(
            named,
            Assert.Throws<InvalidDataException>(() => PyTorchNetwork.Load(Path("weights.pt"), options with { HeadPooling = other })).Message,
            StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Spikes and scores of all samples of which no membrane potential comes near a threshold.</summary>
    private void Compare(SpikingNetwork network, Expected expected)
    {
        // One layer of neurons after another, in the order of computation.
        int near = 0;
        for (int i = 0; i < Samples; i++)
        {
            float[] features = expected.Images[(i * Length)..((i + 1) * Length)];
            SpikingTrace trace = network.Trace(features);
            Assert.Equal(expected.Spikes.Length, trace.Layers.Count);
            if (expected.Nearest.Min(layer => layer[i]) < 1e-5)
            {
                near++;
                continue;
            }
            Assert.Equal(expected.Spikes.Select(layer => (int)layer[i]), trace.Layers.Select(layer => layer.SpikeCounts.Sum()));
            float[] scores = new float[Classes];
            network.Score(features, scores);
            Assert.Equal(expected.Scores[(i * Classes)..((i + 1) * Classes)], scores, (a, b) => Math.Abs(a - b) < 1e-5);
        }
        output.WriteLine($"{near} of {Samples} samples have a membrane potential within 1e-5 of the threshold");
        Assert.InRange(near, 0, Samples / 2);
        Assert.All(expected.Spikes, layer => Assert.Contains(layer, spikes => spikes > 0));
    }

    [Fact]
    public void Damaged_files_are_refused_or_read_with_bounded_memory()
    {
        Train(2, 1, 0, true);
        PyTorchNetworkOptions options = new() { InputShape = [3, 12, 12] };
        var random = new Random(5);
        foreach (string name in (string[])["weights.pt", "weights.safetensors"])
        {
            byte[] whole = File.ReadAllBytes(Path(name));
            long before = GC.GetTotalAllocatedBytes();
            for (int i = 0; i < 300; i++)
            {
                byte[] damaged = i % 3 == 0 ? whole[..random.Next(whole.Length)] : (byte[])whole.Clone();
                // Where the pickle or the header is, or anywhere.
                int range = i % 3 == 1 ? 6000 : damaged.Length;
                for (int flips = i % 3 == 0 ? 0 : random.Next(1, 4); flips > 0; flips--)
                    damaged[random.Next(range)] ^= (byte)(1 << random.Next(8));
                File.WriteAllBytes(Path("damaged"), damaged);
                try
                {
                    PyTorchNetwork.Load(Path("damaged"), options);
                }
                catch (InvalidDataException e)
                {
                    Assert.Contains("damaged'", e.Message);
                }
            }
            Assert.True(GC.GetTotalAllocatedBytes() - before < 2L << 30);
        }
    }

    private string Path(string name) => System.IO.Path.Combine(_folder.Path, name);

    private Expected Train(double tau, double threshold, double? reset, bool decayInput) => Run(
        "spiking_resnet.py", Text(tau), Text(threshold), reset is { } value ? Text(value) : "none", decayInput ? "1" : "0");

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private Expected Run(string script, params string[] arguments)
    {
        string path = Repository.Path($"test/Microsoft.ML.Snn.Tests/Interchange/{script}");
        Assert.SkipUnless(
            PythonProgram.Run([path, _folder.Path, .. arguments]),
            "Needs python3-torch (apt-get install python3-torch).");
        return JsonSerializer.Deserialize<Expected>(File.ReadAllText(Path("expected.json")))!;
    }

    private sealed record Expected(float[] Images, float[] Scores, double[][] Spikes, double[][] Nearest);
}
