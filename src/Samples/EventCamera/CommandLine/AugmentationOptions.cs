using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Snn;

namespace EventCamera.CommandLine;

/// <summary>The options that change the frames of training recordings at random, beside what the recipe does.</summary>
internal sealed class AugmentationOptions
{
    private const double _least = 0.001;

    private readonly Option<bool> _polarity = new("--polarity-flip")
    {
        Description = "Exchange OFF and ON events in every second training recording.",
    };

    private readonly Option<double?> _timeDrop = Number(
        "--time-drop", "Largest share of the time steps of a training recording that lose their events", "share", 0.99);

    private readonly Option<double?> _areaDrop = Number(
        "--area-drop", "Largest share of the frame's area that loses its events in a training recording", "share", 0.99);

    private readonly Option<double?> _noise = Number(
        "--event-noise", "Largest mean number of noise events in an element of a training recording's frames", "number", 1);

    private readonly Option<double?> _mixup = Number(
        "--mixup", "Mix each training recording with another, by a share drawn from Beta(alpha, alpha)", "alpha", 1000);

    private readonly Option<double?> _cutMix = Number(
        "--cutmix", "Put a rectangle of another recording into each one to train on; its area is drawn from Beta(alpha, alpha)", "alpha",
        1000);

    public IEnumerable<Option> All => [_polarity, _timeDrop, _areaDrop, _noise, _mixup, _cutMix];

    /// <summary>Adds what was asked for to the recipe's changes.</summary>
    public ImageAugmentation Read(ParseResult result, ImageAugmentation recipe) => recipe with
    {
        PolarityFlip = recipe.PolarityFlip || result.GetValue(_polarity),
        TimeDrop = result.GetValue(_timeDrop) ?? recipe.TimeDrop,
        AreaDrop = result.GetValue(_areaDrop) ?? recipe.AreaDrop,
        EventNoise = result.GetValue(_noise) ?? recipe.EventNoise,
        MixupAlpha = result.GetValue(_mixup) ?? recipe.MixupAlpha,
        CutMixAlpha = result.GetValue(_cutMix) ?? recipe.CutMixAlpha,
    };

    private static Option<double?> Number(string name, string description, string what, double most) => new(name)
    {
        Description = $"{description}.", HelpName = what,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                && value >= _least && value <= most)
            {
                return value;
            }
            result.AddError(FormattableString.Invariant($"{name} must be a number from {_least} to {most}, not '{text}'."));
            return null;
        },
    };
}
