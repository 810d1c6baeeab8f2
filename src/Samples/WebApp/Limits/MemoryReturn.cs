namespace WebApp.Limits;

/// <summary>
/// Gives memory back to the system once a rush is over. .NET by itself keeps what it has until it collects garbage again, which a service
/// that idles never does; and its pools keep arrays for a minute, so that a second round has more to give. So does the C library with
/// what Skia and zlib have freed.
/// </summary>
/// <remarks>
/// What is left is compared with the least that there ever was. Where it is still much more, the rush went on, or the service has really
/// grown: it is tried again, after longer and longer pauses, and in the end taken for what the service needs.
/// </remarks>
internal sealed class MemoryReturn(UploadMemory uploads) : BackgroundService
{
    private const long _noteworthyBytes = 64 << 20, _calmBytes = 4 << 20;

    private static readonly TimeSpan _look = TimeSpan.FromSeconds(5), _poolsKeepFor = TimeSpan.FromSeconds(65);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long least = 0;
        for (TimeSpan pause = _look; ;)
        {
            await Task.Delay(pause, stoppingToken);
            bool isMore = Environment.WorkingSet >= least + _noteworthyBytes;
            if (!isMore || uploads.Total > _calmBytes)
            {
                pause = isMore ? pause : _look;
                continue;
            }
            Collect();
            await Task.Delay(_poolsKeepFor, stoppingToken);
            if (uploads.Total <= _calmBytes)
                Collect();
            // The first time, the service has just begun; at the last, it has grown.
            bool isAccepted = least == 0 || pause == _longestPause;
            least = isAccepted ? Environment.WorkingSet : Math.Min(least, Environment.WorkingSet);
            pause = isAccepted ? _look : pause * 2 < _longestPause ? pause * 2 : _longestPause;
        }
    }

    private void Collect()
    {
        uploads.LetGo();
        GC.Collect();
        // What pictures have of native memory is free only then.
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeHeap.Trim();
    }
}
