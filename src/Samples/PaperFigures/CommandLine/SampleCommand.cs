using System.CommandLine;

namespace PaperFigures.CommandLine;

/// <summary>The command line.</summary>
internal static class SampleCommand
{
    public static Task<int> InvokeAsync(string[] args)
    {
        var console = new SampleConsole("Canceled. What is done is kept: the same command goes on from here.");
        var options = new SampleOptions();
        var root = new RootCommand("Measures what the paper on STBP-tdBN says of its networks, and draws it beside theory.");
        options.AddTo(root);
        console.SetAction(root, (result, cancellation) => new PaperFiguresRun(console.Output, options.Read(result)).Run(cancellation));
        return SampleConsole.InvokeAsync(root, args);
    }
}
