using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Network;
using PaperFigures.Measurements;
using PaperFigures.Networks;
using PaperFigures.Pictures;
using PaperFigures.Results;
using TorchSharp;
using static TorchSharp.torch;

namespace Samples.Tests.PaperFigures;

/// <summary>The network of torch operations is the product's where it can be, and what a specification says where it is not.</summary>
public class StudyNetworkTests
{
    private static readonly PictureSet _pictures = DrawnPictures.Draw(24, 16, new Random(1));

    [Theory]
    [InlineData(SpikingBlockKind.Plain, Normalization.ThresholdDependent, 0.70710678, 0)]
    [InlineData(SpikingBlockKind.Basic, Normalization.ThresholdDependent, 0.70710678, 8)]
    [InlineData(SpikingBlockKind.Basic, Normalization.ThresholdDependent, 0.5, 0)]
    [InlineData(SpikingBlockKind.Basic, Normalization.Batch, 1.0, 0)]
    public void It_has_the_loss_and_gradients_of_the_product(SpikingBlockKind block, object normalization, double alpha, int hidden)
    {
        NetworkSpecification specification = Specification(block) with
        {
            Normalization = (Normalization)normalization, BranchAlpha = alpha, Neuron = new() { Decay = 0.4 },
        };
        specification = specification with { Architecture = specification.Architecture with { HiddenUnits = hidden } };
        Assert.True(specification.IsOfProduct);
        GradientTap productTap = new(), studyTap = new();
        using var product = new ProductNetwork(specification.Plan(), specification.Neuron, 3, productTap);
        using var study = new StudyNetwork(specification, 3, studyTap);
        Assert.Equal(product.Parameters.Select(parameter => parameter.Name), study.Parameters.Select(parameter => parameter.Name));
        using TrainingSteps ofProduct = new(product, 2), ofStudy = new(study, 2);
        int[] batch = [.. Enumerable.Range(0, 12)];
        for (int step = 0; step < 2; step++)
        {
            productTap.Clear();
            studyTap.Clear();
            double loss = ofProduct.Step(_pictures, batch, 0.02);
            Assert.Equal(loss, ofStudy.Step(_pictures, batch, 0.02), 1e-4 * loss);
            Assert.Equal(productTap.Layers, studyTap.Layers);
            foreach (string layer in productTap.Layers)
            {
                AssertNear(productTap.Norm(layer), studyTap.Norm(layer));
                Assert.Equal(product.WeightsInto(layer), study.WeightsInto(layer));
                AssertNear(ofProduct.WeightGradient(layer), ofStudy.WeightGradient(layer));
            }
        }
        Assert.Equal(
            product.FiringRates.Select(layer => Math.Round(layer.Rate, 4)), study.FiringRates.Select(layer => Math.Round(layer.Rate, 4)));
        Assert.Equal(TrainingSteps.Accuracy(product, _pictures, 2), TrainingSteps.Accuracy(study, _pictures, 2), 1e-9);

        static void AssertNear(double expected, double actual)
        {
            Assert.True(expected > 0);
            Assert.Equal(expected, actual, 1e-4 * expected);
        }
    }

    // The current scales with the threshold, so no threshold changes a spike; with a = 2 Vth the window has the same neurons, too.
    [Theory]
    [InlineData(0.25)]
    [InlineData(2)]
    public void An_untrained_network_fires_the_same_spikes_whatever_the_threshold(double threshold)
    {
        Spikes one = new(), other = new();
        double loss = Run(new() { Threshold = 0.5, SurrogateWidth = 1 }, one);
        Assert.Equal(loss, Run(new() { Threshold = threshold, SurrogateWidth = 2 * threshold }, other));
        Assert.Equal(one.All, other.All);
        Assert.Contains(one.All, layer => layer.Contains(true));

        static double Run(LifNeuronOptions neuron, Spikes tap)
        {
            NetworkSpecification specification = Specification(SpikingBlockKind.Plain) with { Neuron = neuron };
            using var network = new ProductNetwork(specification.Plan(), neuron, 3, tap);
            using var steps = new TrainingSteps(network, 2);
            return steps.Step(_pictures, [.. Enumerable.Range(0, 12)], learningRate: 0);
        }
    }

    [Theory]
    [InlineData(SpikingBlockKind.Plain, Normalization.ThresholdDependent, 0.5, 1)]
    [InlineData(SpikingBlockKind.Plain, Normalization.Batch, 0.25, 4)]
    [InlineData(SpikingBlockKind.Basic, Normalization.ThresholdDependent, 0.5, 0.7071)]
    [InlineData(SpikingBlockKind.Basic, Normalization.Batch, 0.5, 1.4142)]
    public void Currents_have_the_deviation_that_normalization_gives_them(
        SpikingBlockKind block, object normalization, double threshold, double thresholds)
    {
        NetworkSpecification specification = Specification(block) with
        {
            Normalization = (Normalization)normalization, Neuron = new() { Threshold = threshold }, BranchAlpha = 0.5,
        };
        // The second layer of the first block, in which its branches meet.
        foreach (bool isOfProduct in (bool[])[true, false])
        {
            var tap = new PotentialTap([2]);
            using IStudiedNetwork network =
                isOfProduct ? specification.Create(3, tap) : new StudyNetwork(specification, 3, tap);
            using DisposeScope scope = NewDisposeScope();
            network.Forward(_pictures.Batch([.. Enumerable.Range(0, 24)]).Images, 2, training: true);
            Assert.Equal(thresholds, tap.Measured[2].Current.Deviation, 0.12 * thresholds);
        }
    }

    [Fact]
    public void Raw_identities_add_spikes_as_they_are()
    {
        NetworkSpecification specification = Specification(SpikingBlockKind.Basic) with { HasRawIdentity = true };
        specification = specification with { Architecture = specification.Architecture with { Stages = [new(2, 8)] } };
        Assert.False(specification.IsOfProduct);
        var tap = new Currents();
        using IStudiedNetwork network = specification.Create(3, tap);
        Assert.DoesNotContain(network.Parameters, parameter => parameter.Name.Contains("shortcut"));
        using DisposeScope scope = NewDisposeScope();
        network.Forward(_pictures.Batch([0, 1, 2, 3]).Images, 2, training: true);
        // Less its normalized branch, whose mean is 0 in every channel, the current is the spikes that the block was given.
        Tensor rates = tap.Spikes["stages.0.0"].mean([0L, 2, 3]);
        Assert.True(rates.sub(tap.Inputs["stages.0.1"].mean([0L, 2, 3])).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void Without_normalization_and_with_small_weights_no_gradient_arrives()
    {
        NetworkSpecification specification = Specification(SpikingBlockKind.Plain) with
        {
            Normalization = Normalization.None, Initialization = WeightInitialization.PyTorchDefault,
        };
        var tap = new GradientTap();
        using IStudiedNetwork network = specification.Create(3, tap);
        Assert.DoesNotContain(network.Parameters, parameter => parameter.Name.Contains("norm"));
        Tensor weight = network.Parameters[1].Value;
        double bound = 1 / Math.Sqrt(weight.numel() / (double)weight.shape[0]);
        Assert.InRange(weight.abs().max().ToDouble(), 0.95 * bound, bound);
        using var steps = new TrainingSteps(network, 2);
        steps.Step(_pictures, [.. Enumerable.Range(0, 12)], learningRate: 0);
        Assert.Equal(0, tap.Norm(tap.Layers[1]));
        Assert.True(network.FiringRates[0].Rate > 0.01);
    }

    [Fact]
    public void A_dense_network_learns_and_has_one_time_step()
    {
        NetworkSpecification specification = Specification(SpikingBlockKind.Basic) with
        {
            Normalization = Normalization.Batch, BranchAlpha = 1, HasRawIdentity = true, IsRectified = true,
        };
        using IStudiedNetwork network = specification.Create(3);
        using var steps = new TrainingSteps(network, 1);
        int[] batch = [.. Enumerable.Range(0, 12)];
        double first = steps.Step(_pictures, batch, 0.02), last = first;
        for (int step = 0; step < 8; step++)
            last = steps.Step(_pictures, batch, 0.02);
        Assert.True(last < 0.5 * first, $"{first} to {last}");
        Assert.Throws<ArgumentOutOfRangeException>(() => network.Forward(_pictures.Batch([0]).Images, 2, training: false));
    }

    [Fact]
    public void A_table_comes_back_from_its_file()
    {
        string path = Path.GetTempFileName();
        try
        {
            var table = new Table([.. Spread.Columns("number"), "text"]);
            table.Add(new Spread(1.0 / 3, -1e-30, double.NaN), "with, comma and \"quotes\"");
            table.Save(path, "what it is");
            TableRow row = Assert.Single(Table.Load(path).Rows);
            Assert.Equal(table.Columns, Table.Load(path).Columns);
            Assert.Equal((1.0 / 3, -1e-30, double.NaN), (row.Number("number"), row.Number("number_low"), row.Number("number_high")));
            Assert.Equal("with, comma and \"quotes\"", row.Text("text"));
            Assert.StartsWith("# what it is\n", File.ReadAllText(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static NetworkSpecification Specification(SpikingBlockKind block) =>
        new() { Architecture = NetworkSpecification.OfDepth(8, 8, block), Size = 16 };

    /// <summary>All spikes, layer by layer.</summary>
    private sealed class Spikes : INeuronTap
    {
        public List<bool[]> All { get; } = [];

        public void Forward(string layer, Tensor current, LifCall call)
        {
            using DisposeScope scope = NewDisposeScope();
            All.Add(LifOperations.Forward(current, call).gt(0.5).flatten().data<bool>().ToArray());
        }

        public void Backward(string layer, Tensor gradient)
        {
        }
    }

    /// <summary>Currents and spikes of each layer, [T*N, C, H, W].</summary>
    private sealed class Currents : INeuronTap
    {
        public Dictionary<string, Tensor> Inputs { get; } = [];

        public Dictionary<string, Tensor> Spikes { get; } = [];

        public void Forward(string layer, Tensor current, LifCall call)
        {
            using IDisposable mode = no_grad();
            Inputs[layer] = current.detach().clone().DetachFromDisposeScope();
            Spikes[layer] = LifOperations.Forward(current, call).DetachFromDisposeScope();
        }

        public void Backward(string layer, Tensor gradient)
        {
        }
    }
}
