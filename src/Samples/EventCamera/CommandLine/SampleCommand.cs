using System.CommandLine;
using Spectre.Console;

namespace EventCamera.CommandLine;

/// <summary>The command line.</summary>
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
        var options = new SampleOptions();
        var root = new RootCommand("Trains a spiking ResNet on event-camera recordings, evaluates it and scores a live stream with it.");
        options.AddTo(root);
        root.SetAction((result, cancellation) => Guard(console, () => new EventCameraRun(console, options.Read(result)).Run(cancellation)));
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
        catch (Exception e)
            when (e is UserException or IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException)
        {
            console.MarkupLine($"[red]{Markup.Escape(e.Message)}[/]");
            return 1;
        }
    });
}
