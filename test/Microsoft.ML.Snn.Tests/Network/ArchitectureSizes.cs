using Microsoft.ML.Snn.Architecture;

namespace Microsoft.ML.Snn.Tests.Network;

public class ArchitectureSizes
{
    [Fact]
    public void ResNet19_has_the_papers_parameters_and_multiply_adds()
    {
        NetworkPlan plan = NetworkPlan.Create(SpikingResNetArchitecture.ResNet19, 3, 32, 32, 10);
        Assert.Equal(12.70, Math.Round(plan.ParameterCount / 1e6, 2));
        Assert.Equal(2.285, Math.Round(plan.MultiplyAddsPerStep / 1e9, 3));
        Assert.Equal(3.54, Math.Round(plan.Stem.MultiplyAdds / 1e6, 2));
        Assert.Equal(3L * 128 * 9 * 32 * 32, plan.Stem.MultiplyAdds);
    }

    [Theory]
    [InlineData("ResNet34", 21.8)]
    [InlineData("ResNet34Large", 86.1)]
    public void ImageNet_networks_have_the_papers_parameters(string name, double millions) =>
        Assert.Equal(millions, Math.Round(Preset(name).CountParameters(3, 1000) / 1e6, 1));

    /// <summary>
    /// The usual residual networks have 11,689,512 and 25,557,032 parameters. Ours add a tdBN (weight and bias) to each identity shortcut;
    /// for basic blocks the strided first stage also needs a projection, whose tdBN takes the place of an identity's.
    /// </summary>
    [Fact]
    public void ImageNet_networks_differ_from_the_usual_ones_by_their_shortcuts()
    {
        long normalized18 = 2 * (2 * 64 + 128 + 256 + 512);
        Assert.Equal(11_689_512 + normalized18 + 64 * 64, SpikingResNetArchitecture.ResNet18.CountParameters(3, 1000));
        long normalized50 = 2 * (2 * 256 + 3 * 512 + 5 * 1024 + 2 * 2048);
        Assert.Equal(25_557_032 + normalized50, SpikingResNetArchitecture.ResNet50.CountParameters(3, 1000));
    }

    [Fact]
    public void Counts_agree_with_a_sum_over_one_small_network_by_hand()
    {
        SpikingResNetArchitecture architecture = new() { Stem = new(8, 3, 2), Stages = [new(2, 8), new(1, 16, 2)], HiddenUnits = 4 };
        long stem = 2 * 8 * 9, same = 8 * 8 * 9, widen = 8 * 16 * 9, wide = 16 * 16 * 9, projection = 8 * 16;
        long weights = stem + 4 * same + widen + wide + projection + 16 * 4 + 4 * 3;
        long norms = 2 * (8 + 2 * (8 + 8 + 8) + 3 * 16 + 4);
        Assert.Equal(weights + norms + 3, architecture.CountParameters(2, 3));
        // 9x7 -> stem 5x4 -> stage 2 3x2
        long multiplyAdds = (stem + 4 * same) * 5 * 4 + (widen + wide + projection) * 3 * 2 + 16 * 4 + 4 * 3;
        Assert.Equal(multiplyAdds, architecture.CountMultiplyAdds(2, 9, 7, 3));
    }

    [Fact]
    public void So_they_do_with_windows_and_without_a_tdBN_on_the_hidden_layer()
    {
        SpikingResNetArchitecture architecture = new()
        {
            Stem = new(8, 3, 2), Stages = [new(1, 8), new(1, 16, 2)], HiddenUnits = 4, HeadPooling = 2,
        };
        long stem = 2 * 8 * 9, same = 8 * 8 * 9, widen = 8 * 16 * 9, wide = 16 * 16 * 9, projection = 8 * 16;
        // 13x23 -> stem 7x12 -> stage 2 4x6 -> 2x3 windows
        long head = 16 * 2 * 3 * 4 + 4 * 3, weights = stem + 2 * same + widen + wide + projection + head;
        long norms = 2 * (8 + 2 * 8 + 8 + 3 * 16);
        Assert.Equal(weights + norms + 2 * 4 + 3, architecture.CountParameters(2, 13, 23, 3));
        Assert.Equal(weights + norms + 4 + 3, (architecture with { HiddenNormalization = false }).CountParameters(2, 13, 23, 3));
        long multiplyAdds = (stem + 2 * same) * 7 * 12 + (widen + wide + projection) * 4 * 6 + head;
        Assert.Equal(multiplyAdds, architecture.CountMultiplyAdds(2, 13, 23, 3));
        long withoutHidden = weights - head + norms + 16 * 4 * 6 * 3 + 3;
        Assert.Equal(withoutHidden, (architecture with { HiddenUnits = 0, HeadPooling = 1 }).CountParameters(2, 13, 23, 3));
        // Without windows the size does not matter.
        SpikingResNetArchitecture whole = architecture with { HeadPooling = 0 };
        Assert.Equal(whole.CountParameters(2, 3), whole.CountParameters(2, 13, 23, 3));
        string message = Assert.Throws<InvalidOperationException>(() => architecture.CountParameters(2, 3)).Message;
        Assert.Contains("HeadPooling of 2", message);
        Assert.Contains("height and width", message);
    }

    [Fact]
    public void ResNet19_with_the_head_of_the_copied_table_has_the_documented_sizes()
    {
        SpikingResNetArchitecture copied = SpikingResNetArchitecture.ResNet19 with { HeadPooling = 2, HiddenNormalization = false };
        NetworkPlan plan = NetworkPlan.Create(copied, 3, 32, 32, 10);
        NetworkPlan usual = NetworkPlan.Create(SpikingResNetArchitecture.ResNet19, 3, 32, 32, 10);
        // 4x4 windows of 512 channels in place of one, and a bias in place of a tdBN's two numbers.
        const long more = 15 * 512 * 256;
        Assert.Equal(more - 256, plan.ParameterCount - usual.ParameterCount);
        Assert.Equal(more, plan.MultiplyAddsPerStep - usual.MultiplyAddsPerStep);
        Assert.Equal(14.67, Math.Round(plan.ParameterCount / 1e6, 2));
        Assert.Equal(2.287, Math.Round(plan.MultiplyAddsPerStep / 1e9, 3));
    }

    [Fact]
    public void Windows_must_cover_the_last_map_and_be_ones_that_a_scoring_network_can_have()
    {
        SpikingResNetArchitecture architecture = SpikingResNetArchitecture.ResNet19 with { HeadPooling = 2 };
        var uneven = Assert.Throws<ArgumentOutOfRangeException>(() => NetworkPlan.Create(architecture, 3, 32, 34, 10));
        Assert.Contains("HeadPooling", uneven.Message);
        Assert.Contains("windows of 2x2", uneven.Message);
        Assert.Contains("map of 8x9", uneven.Message);
        Assert.Contains("32x34", uneven.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => (architecture with { HeadPooling = 16 }).CountMultiplyAdds(3, 32, 32, 10));
        // One window for all of the map is none.
        NetworkPlan one = NetworkPlan.Create(architecture with { HeadPooling = 8 }, 3, 32, 32, 10);
        Assert.Equal(NetworkPlan.Create(SpikingResNetArchitecture.ResNet19, 3, 32, 32, 10).Pooling, one.Pooling);
        // 64x64 pixels of 512 channels for each of 256 units.
        var large = Assert.Throws<ArgumentOutOfRangeException>(() => NetworkPlan.Create(architecture, 3, 256, 256, 10));
        Assert.Contains("the hidden layer takes windows of a map of 64x64", large.Message);
        large = Assert.Throws<ArgumentOutOfRangeException>(
            () => NetworkPlan.Create(architecture with { HiddenUnits = 0 }, 3, 1024, 1024, 1000));
        Assert.Contains("the output layer", large.Message);
    }

    [Theory]
    [InlineData(0.25, 32, 64, 128)]
    [InlineData(0.3, 40, 80, 152)] // 38.4, 76.8, 153.6
    [InlineData(0.01, 8, 8, 8)]
    [InlineData(2, 256, 512, 1024)]
    public void WithWidth_rounds_to_the_nearest_multiple_of_8(double factor, int first, int second, int third)
    {
        SpikingResNetArchitecture scaled = SpikingResNetArchitecture.ResNet19.WithWidth(factor);
        Assert.Equal(first, scaled.Stem.Width);
        Assert.Equal([first, second, third], scaled.Stages.Select(stage => stage.Width));
        Assert.Equal(256, scaled.HiddenUnits);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void WithWidth_rejects_other_factors(double factor) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SpikingResNetArchitecture.ResNet19.WithWidth(factor));

    [Fact]
    public void An_image_too_small_is_rejected_with_the_stage_that_would_shrink_it_away()
    {
        var tooSmall = Assert.Throws<ArgumentOutOfRangeException>(
            () => NetworkPlan.Create(SpikingResNetArchitecture.ResNet19, 3, 1, 32, 10));
        Assert.Contains("stage 2", tooSmall.Message);
        Assert.Contains("1x32", tooSmall.Message);
        tooSmall = Assert.Throws<ArgumentOutOfRangeException>(() => NetworkPlan.Create(SpikingResNetArchitecture.ResNet18, 3, 8, 8, 10));
        Assert.Contains("stage 3", tooSmall.Message);
        tooSmall = Assert.Throws<ArgumentOutOfRangeException>(() => NetworkPlan.Create(SpikingResNetArchitecture.ResNet18, 3, 1, 1, 10));
        Assert.Contains("the stem", tooSmall.Message);
    }

    [Fact]
    public void Invalid_architectures_are_rejected()
    {
        SpikingResNetArchitecture valid = SpikingResNetArchitecture.ResNet19;
        Rejected(() => valid with { Stem = new(0) }, "stem");
        Rejected(() => valid with { Stem = new(8, 4) }, "odd");
        Rejected(() => valid with { Stem = new(8, 3, 0) }, "stride");
        Rejected(() => valid with { Stages = [] }, "at least one stage");
        Rejected(() => valid with { Stages = default }, "at least one stage");
        Rejected(() => valid with { Stages = [new(1, 8), new(0, 8)] }, "block");
        Rejected(() => valid with { Block = (SpikingBlockKind)9 }, "9");
        Rejected(() => valid with { HiddenUnits = -1 }, "-1");
        Rejected(() => valid with { HeadPooling = -1 }, "-1");
        Assert.Contains("two classes", Assert.Throws<ArgumentException>(() => NetworkPlan.Create(valid, 3, 32, 32, 1)).Message);
        Assert.Contains("[0, 32, 32]", Assert.Throws<ArgumentException>(() => NetworkPlan.Create(valid, 0, 32, 32, 2)).Message);

        static void Rejected(Func<SpikingResNetArchitecture> make, string word) =>
            Assert.Contains(word, Assert.Throws<ArgumentOutOfRangeException>(make).Message);
    }

    [Fact]
    public void Layers_of_more_weights_than_fit_into_an_array_are_rejected()
    {
        SpikingResNetArchitecture valid = new() { Stem = new(8), Stages = [new(1, 8)] };
        Rejected(valid with { Stem = new(int.MaxValue) }, "the stem");
        Rejected(valid with { Stem = new(8, int.MaxValue) }, "the stem");
        Rejected(valid with { Stages = [new(1, 8), new(1, int.MaxValue)] }, "stage 2");
        // Four times the width is more than an int holds.
        Rejected(valid with { Stages = [new(1, 1 << 30)], Block = SpikingBlockKind.Bottleneck }, "stage 1");
        Rejected(valid with { HiddenUnits = int.MaxValue }, "the hidden layer");
        Rejected(valid with { HiddenUnits = 230_000_000 }, "the output layer");

        static void Rejected(SpikingResNetArchitecture architecture, string place)
        {
            string message = Assert.Throws<ArgumentOutOfRangeException>(() => NetworkPlan.Create(architecture, 3, 32, 32, 10)).Message;
            Assert.StartsWith($"The architecture is too large: {place} has a layer of", message);
        }
    }

    private static SpikingResNetArchitecture Preset(string name) =>
        (SpikingResNetArchitecture)typeof(SpikingResNetArchitecture).GetProperty(name)!.GetValue(null)!;
}
