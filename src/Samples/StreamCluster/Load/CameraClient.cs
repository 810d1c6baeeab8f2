using System.Diagnostics;
using Microsoft.ML.Snn;
using StreamCluster.Messages;

namespace StreamCluster.Load;

/// <summary>
/// A camera: sends its events at its rate, keeps those that no snapshot knows, and sends again what the cluster asks for.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="camera">Its stream.</param>
/// <param name="source">Its events.</param>
/// <param name="local">What its scores are compared with; null for no comparison.</param>
/// <param name="settings">Rate, number of events, patience.</param>
/// <param name="tally">Counts.</param>
internal sealed class CameraClient(
    string name, ICameraGrain camera, SimulatedEvents source, LocalScores? local, LoadSettings settings, LoadTally tally)
{
    // Between two tries.
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    private readonly UnstoredEvents _unstored = new();
    private long _next, _sent, _received;
    private long _firstSent;

    /// <exception cref="UserException">
    /// The cluster does not answer for too long, has lost what it had stored, or gives other scores than the local session.
    /// </exception>
    /// <exception cref="StreamRefusedException">The stream refuses what sending again would not put right.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await TryAsync(async () =>
        {
            await camera.StartOverAsync();
            return true;
        }, cancellation);
        long started = Stopwatch.GetTimestamp();
        while (_next < settings.Events)
        {
            long end = Math.Min(_next + settings.Batch, settings.Events);
            if (end > _unstored.End)
            {
                TimeSpan early = TimeSpan.FromSeconds(end / settings.Rate) - Stopwatch.GetElapsedTime(started);
                if (early > TimeSpan.Zero)
                    await Task.Delay(early, cancellation);
                var seen = new PolarityEvent[end - _unstored.End];
                source.Read(_unstored.End, seen);
                _unstored.Add(seen);
            }
            await SendAsync(_unstored.From(_next, settings.Batch), cancellation);
        }
        if (local is not null && local.CountSlices() != _received)
            throw new UserException($"{name}: {_received} slices were scored, and {local.CountSlices()} by the local session.");
    }

    private async Task SendAsync(PolarityEvent[] events, CancellationToken cancellation)
    {
        long end = _next + events.Length;
        var batch = new EventBatch(_next, EventBytes.Write(events), _received);
        BatchAnswer answer = await TryAsync(() =>
        {
            tally.AddResent(Math.Min(end, _sent) - Math.Min(_next, _sent));
            if (end > _sent)
                (_sent, _firstSent) = (end, Stopwatch.GetTimestamp());
            return camera.PushAsync(batch);
        }, cancellation);

        if (answer.Expected < _unstored.First)
        {
            throw new UserException(
                $"{name}: the cluster asks for event {answer.Expected}, and has said before that those below {_unstored.First} are stored. "
                + "Its storage is lost: a host by itself keeps it in its memory, --redis outlives hosts.");
        }
        if (answer.Expected > _sent)
            throw new UserException($"{name}: the cluster has events that were not sent from here. Choose other names with --name.");
        foreach (SliceScores slice in answer.Slices)
            Receive(slice);
        _next = answer.Expected;
        _unstored.Forget(answer.Stored);
        local?.Forget(answer.Stored, _received);
    }

    private void Receive(SliceScores slice)
    {
        if (slice.Slice > _received + 1)
            throw new UserException($"{name}: the scores of slice {_received + 1} never came; those of {slice.Slice} did.");
        if (local is not null)
        {
            if (!local.Matches(slice))
                throw new UserException($"{name}: the scores of slice {slice.Slice} differ from those of the local session.");
            tally.AddCompared();
        }
        if (slice.Slice == _received + 1)
        {
            _received++;
            tally.AddSlice(Stopwatch.GetElapsedTime(_firstSent));
        }
    }

    private async Task<T> TryAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        for (bool hasFailed = false; ; hasFailed = true)
        {
            try
            {
                T result = await call().WaitAsync(cancellation);
                if (hasFailed)
                    tally.AddReconnection(Stopwatch.GetElapsedTime(started));
                return result;
            }
            // Hosts that end, storage that is away, a stream that moves: what is thrown depends on when it happens.
            catch (Exception e) when (e is not StreamRefusedException && !cancellation.IsCancellationRequested)
            {
                if (Stopwatch.GetElapsedTime(started) > settings.Patience)
                {
                    throw new UserException(
                        $"{name}: no answer for {settings.Patience.TotalSeconds:N0} s (--patience). The last reason: {e.Message}", e);
                }
                await Task.Delay(_pause, cancellation);
            }
        }
    }
}
