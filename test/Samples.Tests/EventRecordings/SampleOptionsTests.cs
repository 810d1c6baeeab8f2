using System.CommandLine;
using EventCamera.CommandLine;
using EventCamera.Training;
using Microsoft.ML.Snn;

namespace Samples.Tests.EventRecordings;

public class SampleOptionsTests
{
    [Fact]
    public void Random_changes_that_are_asked_for_come_to_those_of_the_recipe()
    {
        ImageAugmentation usual = EventRecipe.All["nmnist"].Augmentation;
        Assert.Equal(usual, Read().Recipe.Augmentation);
        Assert.Equal(
            usual with { PolarityFlip = true, TimeDrop = 0.2, AreaDrop = 0.1, EventNoise = 0.01, MixupAlpha = 0.5, CutMixAlpha = 1 },
            Read(
                "--polarity-flip", "--time-drop", "0.2", "--area-drop", "0.1", "--event-noise", "0.01", "--mixup", "0.5", "--cutmix", "1")
                .Recipe.Augmentation);
    }

    [Theory]
    [InlineData("--time-drop", "1")]
    [InlineData("--area-drop", "-0.1")]
    [InlineData("--event-noise", "2")]
    [InlineData("--mixup", "NaN")]
    [InlineData("--cutmix", "a lot")]
    public void A_number_out_of_range_is_named(string option, string value) =>
        Assert.Contains(option, Assert.Single(Parse(option, value).Errors).Message);

    private static Settings Read(params string[] arguments)
    {
        var options = new SampleOptions();
        var root = new RootCommand();
        options.AddTo(root);
        return options.Read(root.Parse(arguments));
    }

    private static ParseResult Parse(params string[] arguments)
    {
        var root = new RootCommand();
        new SampleOptions().AddTo(root);
        return root.Parse(arguments);
    }
}
