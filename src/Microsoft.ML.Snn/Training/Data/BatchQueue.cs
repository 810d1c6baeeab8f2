using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Microsoft.ML.Snn.Training.Data;

/// <summary>
/// The batches of one epoch, made on a thread of their own while earlier ones are trained on. Reading, decoding and augmentation happen
/// there; an exception there comes out of <see cref="TryTake"/>.
/// </summary>
internal sealed class BatchQueue : IDisposable
{
    private const int BatchesAhead = 3;

    private readonly BlockingCollection<Batch> _ready = new(BatchesAhead);
    private readonly CancellationToken _users;
    private readonly CancellationTokenSource _stop;
    private readonly Action<Batch> _return;
    private readonly Thread _producer;
    private readonly Stopwatch _waiting = new();
    private ExceptionDispatchInfo? _failure;

    /// <param name="produce">Makes all batches and hands each to its argument; stops when the token says so.</param>
    /// <param name="returned">Takes back a batch that has been used.</param>
    public BatchQueue(Action<Action<Batch>, CancellationToken> produce, Action<Batch> returned, CancellationToken cancellationToken)
    {
        _return = returned;
        _users = cancellationToken;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _producer = new Thread(() => Run(produce)) { IsBackground = true, Name = "SNN batch reader" };
        _producer.Start();
    }

    /// <summary>Time spent in <see cref="TryTake"/> while no batch was ready.</summary>
    public TimeSpan Waited => _waiting.Elapsed;

    /// <summary>Waits for the next batch; false after the last.</summary>
    public bool TryTake(out Batch batch)
    {
        _waiting.Start();
        try
        {
            if (_ready.TryTake(out batch!, Timeout.Infinite, _stop.Token))
                return true;
        }
        catch (OperationCanceledException)
        {
            // The user's own token, not the one linked to it, is what the user looks for in the exception.
            _users.ThrowIfCancellationRequested();
            throw;
        }
        finally
        {
            _waiting.Stop();
        }
        _failure?.Throw();
        return false;
    }

    public void Return(Batch batch) => _return(batch);

    public void Dispose()
    {
        _stop.Cancel();
        _producer.Join();
        _ready.Dispose();
        _stop.Dispose();
    }

    private void Run(Action<Action<Batch>, CancellationToken> produce)
    {
        try
        {
            produce(batch => _ready.Add(batch, _stop.Token), _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            _ready.CompleteAdding();
        }
    }
}
