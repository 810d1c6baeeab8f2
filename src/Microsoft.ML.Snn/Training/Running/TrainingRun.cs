using System.Diagnostics;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn;

/// <summary>
/// One training of a network by gradients through space and time: epochs, each followed by validation and a report.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly SpikingResNetTrainer.Options _options;
    private readonly SampleShape _shape;
    private readonly IReadOnlyList<PhasePlan> _phases;
    private readonly int _seed;
    private readonly Device _device;
    private readonly BatchSource _training;
    private readonly BatchSource? _validation;
    private readonly CheckpointFolder? _checkpoints;
    private readonly LearningRatePlan _learningRates;
    private readonly IHost _host;
    private readonly IChannel _channel;
    private PhaseTrainer _trainer;
    private BestEpoch? _best;
    private readonly FiringWatch _firing;
    private bool _warnedOfOneClass;

    /// <param name="options">The trainer's.</param>
    /// <param name="shape">Of the samples.</param>
    /// <param name="phases">One after the other.</param>
    /// <param name="seed">Of the initial weights.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="training">What to learn.</param>
    /// <param name="validation">What to validate on after every epoch; null for nothing.</param>
    /// <param name="checkpoints">Where to continue from and to save to; null for nowhere.</param>
    /// <param name="host">Reports progress.</param>
    /// <param name="channel">Reports epochs.</param>
    public TrainingRun(
        SpikingResNetTrainer.Options options, SampleShape shape, IReadOnlyList<PhasePlan> phases, int seed, Device device, BatchSource training,
        BatchSource? validation, CheckpointFolder? checkpoints, IHost host, IChannel channel)
    {
        (_options, _shape, _phases, _seed, _device) = (options, shape, phases, seed, device);
        (_training, _validation, _checkpoints, _host, _channel) = (training, validation, checkpoints, host, channel);
        _firing = new FiringWatch(channel);
        _learningRates = new LearningRatePlan(options, training.BatchesPerEpoch);
        _trainer = new PhaseTrainer(options, shape, phases[0], seed, device);
    }

    /// <summary>Trains, and gives the trained network's tensors.</summary>
    /// <exception cref="OperationCanceledException">The run was canceled.</exception>
    /// <exception cref="InvalidOperationException">Training diverged: the message says how, in which epoch and batch.</exception>
    public IReadOnlyDictionary<string, float[]> Train()
    {
        using IProgressChannel progress = _host.StartProgressChannel("Training");
        int epoch = Resume();
        // Asked for at any time, on another thread.
        progress.SetHeader(
            new ProgressHeader(["Loss", "Accuracy"], ["epochs"]), entry => entry.SetProgress(0, Volatile.Read(ref epoch), _options.Epochs));
        var elapsed = Stopwatch.StartNew();
        while (epoch < _options.Epochs && !IsOutOfPatience(epoch))
        {
            EnterPhase(epoch);
            EpochTotals totals = TrainEpoch(epoch);
            (double Loss, double Accuracy)? validation = _validation is null ? null : _trainer.WithResult(() => Validate(epoch));
            epoch++;
            if (!double.IsFinite(validation?.Loss ?? 0))
                throw Diverged($"the validation loss is {validation!.Value.Loss} after epoch {epoch}");
            _firing.Look(epoch, totals.FiringRates);
            KeepBest(epoch, validation?.Accuracy);
            _checkpoints?.Write(epoch, _trainer.Save(), _best);
            Report(totals.ToMetrics(epoch, _options.Epochs, validation, elapsed.Elapsed), progress);
        }
        if (_best is null)
            return _trainer.Result();
        _channel.Info(FormattableString.Invariant($"The model is that of epoch {_best.Epoch}, validation accuracy {_best.Accuracy:P2}."));
        return _best.Tensors;
    }

    public void Dispose() => _trainer.Dispose();

    /// <summary>Takes over the last checkpoint, if there is one; gives the number of epochs done.</summary>
    private int Resume() => _checkpoints?.Resume(_options.Epochs, checkpoint =>
    {
        // That of the epoch done last; the one to come may be in the next phase.
        EnterPhase(checkpoint.Epoch - 1);
        _trainer.Load(checkpoint.State);
        _best = checkpoint.Best;
    }) ?? 0;

    private void EnterPhase(int epoch)
    {
        PhasePlan phase = _phases.Last(phase => phase.FirstEpoch <= epoch);
        if (phase == _trainer.Phase)
            return;
        TrainingState state = _trainer.Save();
        _trainer.Dispose();
        _trainer = new PhaseTrainer(_options, _shape, phase, _seed, _device);
        _trainer.Load(state);
        _channel.Info($"From epoch {epoch + 1} on: T = {phase.TimeSteps}, samples of {phase.Network.Height} x {phase.Network.Width}.");
    }

    private void KeepBest(int epoch, double? accuracy)
    {
        // Epochs of early phases measure another task.
        if (epoch <= _phases[^1].FirstEpoch)
            return;
        if (_options.EarlyStopping is { } stopping && accuracy is { } value && (_best is null || value > _best.Accuracy + stopping.MinimumGain))
            _best = new BestEpoch(epoch, value, _trainer.Result());
    }

    private bool IsOutOfPatience(int epochsDone) =>
        _options.EarlyStopping is { } stopping && _best is not null && epochsDone - _best.Epoch >= stopping.Patience;

    private EpochTotals TrainEpoch(int epoch)
    {
        var totals = new EpochTotals();
        var watch = Stopwatch.StartNew();
        using BatchQueue batches = _training.StartEpoch(epoch, _options.CancellationToken);
        while (batches.TryTake(out Batch batch))
        {
            CheckAlive();
            long step = epoch * _training.BatchesPerEpoch + totals.Batches;
            totals.LearningRate = _learningRates.At(step);
            WarnOfOneClass(batch);
            StepResult result = _trainer.Step(batch, _training.MeanWeight, step, totals.LearningRate);
            if (result.Fault is not null)
                throw Diverged($"{result.Fault} in epoch {epoch + 1}, batch {totals.Batches + 1}");
            totals.Add(batch.Count, result, _trainer.Network.FiringRates);
            _options.ProgressCallback?.Invoke(
                new(epoch + 1, _options.Epochs, totals.Batches, _training.BatchesPerEpoch, batch.Count, result.Loss));
            batches.Return(batch);
        }
        totals.InputWait = batches.Waited;
        totals.Duration = watch.Elapsed;
        return totals;
    }

    private (double Loss, double Accuracy) Validate(int epoch)
    {
        double loss = 0;
        long correct = 0, samples = 0;
        using BatchQueue batches = _validation!.StartEpoch(epoch, _options.CancellationToken);
        while (batches.TryTake(out Batch batch))
        {
            CheckAlive();
            (double batchLoss, int batchCorrect) = _trainer.Evaluate(batch, _validation.MeanWeight);
            loss += batchLoss * batch.Count;
            correct += batchCorrect;
            samples += batch.Count;
            batches.Return(batch);
        }
        return (loss / samples, (double)correct / samples);
    }

    private void WarnOfOneClass(Batch batch)
    {
        if (_warnedOfOneClass || _training.PoolSize == 0 || batch.Count < 2 || batch.Labels.AsSpan().ContainsAnyExcept(batch.Labels[0]))
            return;
        _warnedOfOneClass = true;
        _channel.Warning(
            "A batch holds samples of one class only. The data can neither be shuffled by its view nor kept in memory, and its rows seem to be ordered "
            + "by class: raise CacheMegabytes, or shuffle the rows beforehand.");
    }

    private void Report(TrainingMetrics metrics, IProgressChannel progress)
    {
        string validation = metrics.ValidationAccuracy is null
            ? ""
            : FormattableString.Invariant($", validation loss {metrics.ValidationLoss:F4}, validation accuracy {metrics.ValidationAccuracy:P2}");
        _channel.Info(FormattableString.Invariant(
            $"Epoch {metrics.Epoch}/{metrics.Epochs}: loss {metrics.Loss:F4}, accuracy {metrics.Accuracy:P2}{validation}, learning rate {metrics.LearningRate:G4}, ")
            + FormattableString.Invariant(
            $"firing rate {metrics.FiringRate:F3}, {metrics.SamplesPerSecond:F1} samples/s, waited {metrics.InputWait.TotalSeconds:F1} s for input"));
        progress.Checkpoint(metrics.Loss, metrics.Accuracy, metrics.Epoch);
        _options.MetricsCallback?.Invoke(metrics);
    }

    /// <summary>A checkpoint of the epoch before stays.</summary>
    internal static Exception Diverged(string how, Exception? cause = null) => new InvalidOperationException(
        $"Training diverged: {how}. Lower LearningRate or set WarmupEpochs; if it is so from the first batch on, look at the size of the features.", cause);

    private void CheckAlive()
    {
        _options.CancellationToken.ThrowIfCancellationRequested();
        _host.CheckAlive();
    }
}
