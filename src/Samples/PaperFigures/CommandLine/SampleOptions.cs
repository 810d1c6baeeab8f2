using System.CommandLine;
using System.Globalization;

namespace PaperFigures.CommandLine;

/// <summary>The options of the command line, whose limits are checked before any work begins.</summary>
internal sealed class SampleOptions
{
    private readonly Option<string?> _data = new("--data")
    {
        Description = "Folder with cifar10-train.zip and cifar10-test.zip: a folder of PNG files for each class, zipped. Without it, the "
            + "sample draws pictures of ten shapes.",
        HelpName = "folder",
    };

    private readonly Option<int> _size = new("--size")
    {
        Description = "Height and width of the pictures, 16 (means of 2 x 2 pixels) or 32.", HelpName = "pixels",
        DefaultValueFactory = _ => 16,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (text is "16" or "32")
                return int.Parse(text, CultureInfo.InvariantCulture);
            result.AddError($"--size must be 16 or 32, not '{text}'.");
            return default;
        },
    };

    private readonly Option<string> _out = new("--out")
    {
        Description = "Folder for figures, report and results, where a canceled run goes on.", HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("artifacts", "PaperFigures"),
    };

    private readonly Option<string> _figures = new("--figures")
    {
        Description = "Letters of the figures to make.", HelpName = "letters", DefaultValueFactory = _ => Settings.AllFigures,
        CustomParser = result =>
        {
            string letters = result.Tokens[0].Value;
            if (letters.Length > 0 && !letters.Except(Settings.AllFigures).Any())
                return letters;
            result.AddError($"--figures takes letters of {Settings.AllFigures}, such as abc, not '{letters}'.");
            return "";
        },
    };

    private readonly Option<bool> _quick = new("--quick")
    {
        Description = "A minute: one seed, 3 steps, and figures (d) to (f) of untrained networks.",
    };

    private readonly Option<bool> _full = new("--full")
    {
        Description = "Some hours: a sixth of an epoch of CIFAR-10 for figure (a), more training for figure (f).",
    };

    public void AddTo(Command command)
    {
        Option[] options = [_data, _size, _out, _figures, _quick, _full];
        foreach (Option option in options)
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_quick) && result.GetValue(_full))
                result.AddError("--quick and --full exclude each other.");
        });
    }

    public Settings Read(ParseResult result) => new(
        result.GetValue(_data), result.GetValue(_size), result.GetRequiredValue(_out), result.GetRequiredValue(_figures),
        result.GetValue(_quick) ? StudySizes.Quick : result.GetValue(_full) ? StudySizes.Full : StudySizes.Default);
}
