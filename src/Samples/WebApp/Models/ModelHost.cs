using Microsoft.Extensions.Options;

namespace WebApp.Models;

/// <summary>Holds the models and looks after their files.</summary>
internal sealed class ModelHost(IOptions<ServiceOptions> options, ModelLog log) : BackgroundService
{
    /// <summary>The model of pictures.</summary>
    public ModelFile<ServedPictures> Pictures { get; } =
        new(options.Value.Model, path => new(path, options.Value.MaxPixels), "TrainAndScore", log);

    /// <summary>The model of recordings; null where the service is set up without one.</summary>
    public ModelFile<ServedRecordings>? Recordings { get; } = options.Value.EventModel is { } eventModel
        ? new(eventModel, path => new(path, options.Value.MaxEvents), "EventCamera", log) : null;

    private IEnumerable<IModelFile> Files => Recordings is null ? [Pictures] : [Pictures, Recordings];

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (IModelFile file in Files)
            file.Start();
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        foreach (IModelFile file in Files)
            file.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Looking at the file's date works on every file system, which its notifications do not.
        using var timer = new PeriodicTimer(options.Value.ModelPolling);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (IModelFile file in Files)
                file.Look();
        }
    }
}
