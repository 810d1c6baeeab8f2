namespace PaperFigures.CommandLine;

/// <summary>What the command line asks for.</summary>
/// <param name="Data">Folder with <c>cifar10-train.zip</c> and <c>cifar10-test.zip</c>; null to draw pictures.</param>
/// <param name="Size">Height and width of the pictures: 16 or 32.</param>
/// <param name="Out">Folder for everything that is written.</param>
/// <param name="Figures">Letters of the figures to make.</param>
/// <param name="Sizes">How much is computed.</param>
internal sealed record Settings(string? Data, int Size, string Out, string Figures, StudySizes Sizes)
{
    public const string AllFigures = "abcdef";
}
