using System.CommandLine;
using Microsoft.ML.Snn;

namespace TrainAndScore.CommandLine;

/// <summary>The options that change training pictures at random, beside what a recipe does.</summary>
internal sealed class AugmentationOptions
{
    private readonly Option<int> _magnitude = new Option<int>("--rand-augment")
    {
        Description = "Change each training picture by two operations of RandAugment of this magnitude, 0 to 30; 9 is usual.",
        HelpName = "number",
    }.From(0, 30);

    private readonly Option<double> _mixup = new Option<double>("--mixup")
    {
        Description = "Mix each training picture with another, by a share drawn from Beta(alpha, alpha).", HelpName = "alpha",
    }.From(0.001, 1000);

    private readonly Option<double> _cutMix = new Option<double>("--cutmix")
    {
        Description = "Put a rectangle of another picture into each training picture; its area is drawn from Beta(alpha, alpha).",
        HelpName = "alpha",
    }.From(0.001, 1000);

    public void AddTo(Command command)
    {
        command.Add(_magnitude);
        command.Add(_mixup);
        command.Add(_cutMix);
    }

    /// <summary>Adds what was asked for to the changes that there are.</summary>
    public ImageAugmentation? Read(ParseResult result, ImageAugmentation? others)
    {
        ImageAugmentation? changes = others;
        if (result.GetResult(_magnitude) is not null)
            changes = (changes ?? new()) with { RandAugment = new() { Magnitude = result.GetValue(_magnitude) } };
        if (result.GetResult(_mixup) is not null)
            changes = (changes ?? new()) with { MixupAlpha = result.GetValue(_mixup) };
        if (result.GetResult(_cutMix) is not null)
            changes = (changes ?? new()) with { CutMixAlpha = result.GetValue(_cutMix) };
        return changes;
    }
}
