using PictureScoring;

namespace WebApp;

/// <summary>Hands on to the log what ML.NET warns of while the models are loaded and used.</summary>
internal sealed partial class ModelWarnings(ILogger<ModelWarnings> logger) : IHostedService, IDisposable
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        SavedChain.Warned += Log;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Behind the models, which have a last word when they go.
    public void Dispose() => SavedChain.Warned -= Log;

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
    private partial void Log(string warning);
}
