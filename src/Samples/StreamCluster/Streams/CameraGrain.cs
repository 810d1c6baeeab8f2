using Microsoft.Extensions.Logging;
using Orleans.Storage;
using StreamCluster.Hosting;
using StreamCluster.Messages;

namespace StreamCluster.Streams;

/// <summary>
/// A camera's stream on its host. It stores a snapshot every few slices and when it leaves the host, and goes on from the stored one when
/// it arrives at another.
/// </summary>
internal sealed partial class CameraGrain(
    [PersistentState("stream", ClusterHost.StorageName)] IPersistentState<StoredStream> storage, StreamModel model, SnapshotInterval interval,
    UnstoredStreams unstored, ILogger<CameraGrain> logger)
    : Grain, ICameraGrain
{
    private readonly CameraStream _stream = new(model.CreateSession());
    private string? _refusal;
    private long _stored, _storedSlices;

    private string Name => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (!storage.RecordExists)
            return Task.CompletedTask;
        try
        {
            storage.State.RestoreTo(_stream);
            (_stored, _storedSlices) = (_stream.Expected, _stream.SliceCount);
        }
        catch (InvalidDataException e)
        {
            // The stream is there to say so once; nothing is stored over what may be of use to another host.
            _refusal = $"The stored snapshot of the camera '{Name}' is refused. {e.Message}";
            LogRefused(_refusal);
        }
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_refusal is not null || _stream.Expected == _stored)
            return;
        try
        {
            await StoreAsync();
        }
        // What is inconsistent goes on at another host.
        catch (Exception e) when (e is not InconsistentStateException && reason.ReasonCode == DeactivationReasonCode.ShuttingDown)
        {
            unstored.Add();
            throw;
        }
    }

    public Task<StreamDescription> DescribeAsync()
    {
        ThrowIfRefused();
        return Task.FromResult(new StreamDescription(
            _stream.Expected, _stored, model.Hash, [.. model.Classes], model.FrameHeight, model.FrameWidth, model.SliceEvents,
            model.WindowSlices));
    }

    public async Task<BatchAnswer> PushAsync(EventBatch batch)
    {
        ThrowIfRefused();
        (BatchOutcome outcome, SliceScores[] slices) = _stream.Take(batch);
        // Where this fails, the sender sends the batch again, and has its scores then.
        if (_stream.SliceCount - _storedSlices >= interval.Slices || _stream.Expected - _stored >= interval.Events)
            await StoreAsync();
        return new(outcome, _stream.Expected, _stored, slices);
    }

    public async Task StartOverAsync()
    {
        await storage.ClearStateAsync();
        _stream.StartOver();
        (_refusal, _stored, _storedSlices) = (null, 0, 0);
    }

    private async Task StoreAsync()
    {
        storage.State = StoredStream.Of(_stream);
        await storage.WriteStateAsync();
        (_stored, _storedSlices) = (_stream.Expected, _stream.SliceCount);
    }

    private void ThrowIfRefused()
    {
        if (_refusal is null)
            return;
        // The next call looks again, perhaps on another host: the snapshot may be mended.
        DeactivateOnIdle();
        throw new StreamRefusedException(_refusal);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Refusal}")]
    private partial void LogRefused(string refusal);
}
