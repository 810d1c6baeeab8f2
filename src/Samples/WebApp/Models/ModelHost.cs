using Microsoft.Extensions.Options;

namespace WebApp.Models;

/// <summary>Holds the models and looks after their files.</summary>
internal sealed class ModelHost(IOptions<ServiceOptions> options, ModelLog log) : BackgroundService
{
    /// <summary>The model of pictures.</summary>
    public ModelFile<ServedPictures> Pictures { get; } = new(
        ModelPath.FromSettings(options.Value.Model), (name, zip) => new(name, zip, options.Value.MaxPixels), options.Value.ModelLoadTimeout,
        "TrainAndScore", $"{ServiceOptions.Section}:{nameof(ServiceOptions.Model)}", log);

    /// <summary>The model of recordings; null where the service is set up without one.</summary>
    public ModelFile<ServedRecordings>? Recordings { get; } = options.Value.EventModel is { } eventModel
        ? new(
            ModelPath.FromSettings(eventModel), (name, zip) => new(name, zip, options.Value.MaxEvents), options.Value.ModelLoadTimeout,
            "EventCamera", $"{ServiceOptions.Section}:{nameof(ServiceOptions.EventModel)}", log)
        : null;

    private IEnumerable<IModelFile> Files => Recordings is null ? [Pictures] : [Pictures, Recordings];

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(Files.Select(file => file.StartAsync(cancellationToken)));
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        foreach (IModelFile file in Files)
            file.Dispose();
    }

    // Each file by itself: where one takes long, the other does not wait for it.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Files.Select(file => WatchAsync(file, stoppingToken)));

    private async Task WatchAsync(IModelFile file, CancellationToken stoppingToken)
    {
        // Looking at the file's date works on every file system, which its notifications do not.
        using var timer = new PeriodicTimer(options.Value.ModelPolling);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await file.LookAsync(stoppingToken);
    }
}
