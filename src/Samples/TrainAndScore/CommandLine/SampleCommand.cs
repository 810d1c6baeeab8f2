using System.CommandLine;
using Spectre.Console;

namespace TrainAndScore.CommandLine;

/// <summary>The command line: the sample itself and its linear baseline.</summary>
internal static class SampleCommand
{
    // Redirected output has no width of its own, and no table should be broken for want of one.
    private const int _redirectedWidth = 160;
    // What a batch may take at most until a cancelled training notices.
    private static readonly TimeSpan _cancellationTime = TimeSpan.FromSeconds(30);

    public static Task<int> InvokeAsync(string[] args)
    {
        IAnsiConsole console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
            console.Profile.Width = _redirectedWidth;

        var pictureOptions = new PictureOptions();
        var trainingOptions = new TrainingOptions();
        var root = new RootCommand("Trains a spiking ResNet on pictures, evaluates it, saves it as one zip and scores with the zip.");
        pictureOptions.AddTo(root);
        trainingOptions.AddTo(root);
        root.SetAction((result, cancellation) => Guard(console, () =>
        {
            PictureSettings pictures = pictureOptions.Read(result);
            new TrainAndScoreRun(console, pictures, trainingOptions.Read(result, pictures)).Run(cancellation);
        }));

        var baselineOptions = new PictureOptions();
        var baseline = new Command("baseline", "Trains a linear model on the same pictures and shows how far it comes.");
        baselineOptions.AddTo(baseline);
        baseline.SetAction((result, _) => Guard(console, () => new BaselineRun(console).Run(baselineOptions.Read(result))));
        root.Add(baseline);

        return root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = _cancellationTime });
    }

    // Off the thread that waits for Ctrl+C.
    private static Task<int> Guard(IAnsiConsole console, Action run) => Task.Run(() =>
    {
        try
        {
            run();
            return 0;
        }
        catch (OperationCanceledException)
        {
            console.MarkupLine("[yellow]Cancelled; no model was saved.[/]");
            return 130;
        }
        catch (Exception e) when (e is UserException or IOException or UnauthorizedAccessException)
        {
            console.MarkupLine($"[red]{Markup.Escape(e.Message)}[/]");
            return 1;
        }
    });
}
