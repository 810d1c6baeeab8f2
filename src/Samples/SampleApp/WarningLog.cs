using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace SampleApp;

/// <summary>
/// Shows the warnings of ML.NET and of its components, which no one sees unless someone listens to <see cref="MLContext.Log"/>. Each is
/// shown once, however many passes over the data repeat it.
/// </summary>
/// <param name="write">Takes each line; one call at a time.</param>
public sealed class WarningLog(Action<string> write)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _shown = new(StringComparer.Ordinal);

    /// <summary>Shows what a context warns of from now on.</summary>
    /// <returns>The context.</returns>
    public MLContext Attach(MLContext context)
    {
        context.Log += (_, e) =>
        {
            if (e.Kind is ChannelMessageKind.Warning or ChannelMessageKind.Error)
                Show(e.RawMessage);
        };
        return context;
    }

    /// <summary>Shows a warning, unless it was shown before.</summary>
    public void Show(string warning)
    {
        lock (_lock)
        {
            if (_shown.Add(warning))
                write($"Warning: {warning}");
        }
    }
}
