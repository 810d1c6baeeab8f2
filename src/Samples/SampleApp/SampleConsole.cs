using System.CommandLine;
using System.Text;
using Spectre.Console;

namespace SampleApp;

/// <summary>A sample's command line: what goes wrong is one line in red, and Ctrl+C ends a training in good order.</summary>
public sealed class SampleConsole
{
    // Redirected output has no width of its own, and no table should be broken for want of one.
    private const int _redirectedWidth = 160;
    // What a batch may take at most until a canceled training notices.
    private static readonly TimeSpan _cancellationTime = TimeSpan.FromSeconds(30);

    // Windows' own encoding would make question marks of names beyond its code page.
    static SampleConsole() => Console.OutputEncoding = Encoding.UTF8;

    private readonly string _canceled;

    /// <param name="canceled">What is said when the run was canceled.</param>
    public SampleConsole(string canceled = "Canceled; no model was saved.")
    {
        _canceled = canceled;
        if (Console.IsOutputRedirected)
            Output.Profile.Width = _redirectedWidth;
    }

    public IAnsiConsole Output { get; } = AnsiConsole.Console;

    /// <summary>
    /// Shows a warning on the stream of errors, so that redirected output stays what it is. On a terminal it goes through the console,
    /// which keeps it clear of a bar or table that is being redrawn there.
    /// </summary>
    public static void Warn(IAnsiConsole console, string message)
    {
        if (console.Profile.Capabilities is { Interactive: true, Ansi: true } && !Console.IsErrorRedirected)
            console.MarkupLine($"[yellow]{Markup.Escape(message)}[/]");
        else
            Console.Error.WriteLine(message);
    }

    /// <summary>What a command does; off the thread that waits for Ctrl+C.</summary>
    public void SetAction(Command command, Action<ParseResult, CancellationToken> run) =>
        command.SetAction((result, cancellation) => Task.Run(() => Guard(() => run(result, cancellation))));

    /// <returns>The process's exit code.</returns>
    public static Task<int> InvokeAsync(RootCommand root, string[] args) =>
        root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = _cancellationTime });

    private int Guard(Action run)
    {
        try
        {
            run();
            return 0;
        }
        catch (OperationCanceledException)
        {
            Output.MarkupLine($"[yellow]{Markup.Escape(_canceled)}[/]");
            return 130;
        }
        catch (Exception e)
            when (e is UserException or IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException
                // What the trainer says of data and options, such as that training diverged.
                or InvalidOperationException or ArgumentException or InsufficientMemoryException)
        {
            Output.MarkupLine($"[red]{Markup.Escape(e.Message)}[/]");
            return 1;
        }
    }
}
