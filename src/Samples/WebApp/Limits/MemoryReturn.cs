namespace WebApp.Limits;

/// <summary>
/// Gives memory back to the system once a rush is over. .NET by itself keeps what it has until it collects garbage again, which a service
/// that idles never does; and its pools keep arrays for a minute, so that a second round has more to give.
/// </summary>
internal sealed class MemoryReturn(UploadMemory uploads) : BackgroundService
{
    private const long _noteworthyBytes = 64 << 20, _calmBytes = 4 << 20;

    private static readonly TimeSpan _look = TimeSpan.FromSeconds(5), _poolsKeepFor = TimeSpan.FromSeconds(65);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long kept = 0;
        using var timer = new PeriodicTimer(_look);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (Environment.WorkingSet < kept + _noteworthyBytes || uploads.Total > _calmBytes)
                continue;
            Collect();
            await Task.Delay(_poolsKeepFor, stoppingToken);
            if (uploads.Total <= _calmBytes)
                Collect();
            kept = Environment.WorkingSet;
        }
    }

    private static void Collect() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
}
