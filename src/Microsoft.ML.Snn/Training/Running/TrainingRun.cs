using System.Diagnostics;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Reporting;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>
/// One training of a network by gradients through space and time: epochs, each followed by validation and a report.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly TrainingPlan _plan;
    private readonly TrainingData _data;
    private readonly CheckpointFolder? _checkpoints;
    private readonly TrainingReports _reports;
    private readonly LearningRatePlan _learningRates;
    private readonly IHost _host;
    private readonly IChannel _channel;
    private readonly TrainingWatch _watch;
    private readonly RankGroup _ranks;
    private PhaseTrainer _trainer;
    private TrainingProbe? _probe;
    private Batch? _probeBatch;
    private BestEpoch? _best;
    private bool _warnedOfOneClass;

    /// <param name="plan">What to do.</param>
    /// <param name="data">What to learn and to validate on.</param>
    /// <param name="checkpoints">Where to continue from and to save to; null for nowhere.</param>
    /// <param name="reports">Keeps what the epochs have shown.</param>
    /// <param name="host">Reports progress.</param>
    public TrainingRun(TrainingPlan plan, TrainingData data, CheckpointFolder? checkpoints, TrainingReports reports, IHost host)
    {
        (_plan, _data, _checkpoints, _reports, _host, _channel) = (plan, data, checkpoints, reports, host, reports.Channel);
        _ranks = plan.Ranks;
        _watch = new TrainingWatch(_channel, plan.Neuron);
        _learningRates = new LearningRatePlan(plan.Schedule, plan.LearningRate, plan.Epochs, data.Training.BatchesPerEpoch);
        _trainer = new PhaseTrainer(plan, plan.Phases[0]);
    }

    /// <summary>Trains, and gives the trained network's tensors.</summary>
    /// <exception cref="OperationCanceledException">The run was canceled.</exception>
    /// <exception cref="InvalidOperationException">Training diverged: the message says how, in which epoch and batch.</exception>
    public IReadOnlyDictionary<string, float[]> Train()
    {
        using IProgressChannel progress = _host.StartProgressChannel("Training");
        int epoch = Start();
        // Asked for at any time, on another thread.
        progress.SetHeader(
            new ProgressHeader(["Loss", "Accuracy"], ["epochs"]), entry => entry.SetProgress(0, Volatile.Read(ref epoch), _plan.Epochs));
        if (_ranks.IsFirst)
            _watch.LookAtNeuron();
        var elapsed = Stopwatch.StartNew();
        while (epoch < _plan.Epochs && !IsOutOfPatience(epoch))
        {
            _reports.Enter(epoch + 1);
            EnterPhase(epoch);
            EpochTotals totals = TrainEpoch(epoch);
            TimeSpan trained = elapsed.Elapsed;
            ConfusionCounts? confusion = _data.Validation is null ? null : new(epoch + 1);
            (double Loss, double Accuracy)? validation = _ranks.ValidationOfFirst(
                () => confusion is null ? null : _trainer.WithResult(() => Validate(epoch, confusion)));
            TimeSpan validating = elapsed.Elapsed - trained;
            epoch++;
            CheckWeights(epoch);
            if (!double.IsFinite(validation?.Loss ?? 0))
                throw _ranks.OnEachRank(Diverged($"the validation loss is {validation!.Value.Loss} after epoch {epoch}"));
            bool isBest = KeepBest(epoch, validation?.Accuracy);
            _ranks.Together(() =>
            {
                if (_ranks.IsFirst)
                    EndEpoch(epoch, totals, validation, validating, confusion, isBest, elapsed, progress);
            });
        }
        if (_best is null)
            return _trainer.Result();
        _channel.Info(FormattableString.Invariant($"The model is that of epoch {_best.Epoch}, validation accuracy {_best.Accuracy:P2}."));
        return _best.Tensors;
    }

    /// <summary>What the first rank does when an epoch is trained and validated.</summary>
    private void EndEpoch(
        int epoch, EpochTotals totals, (double Loss, double Accuracy)? validation, TimeSpan validating, ConfusionCounts? confusion,
        bool isBest, Stopwatch elapsed, IProgressChannel progress)
    {
        TimeSpan validated = elapsed.Elapsed;
        TrainingDiagnostics? diagnostics = Diagnose(epoch);
        TimeSpan diagnosed = elapsed.Elapsed;
        _watch.Look(epoch, totals.FiringRates, diagnostics);
        TrainingMetrics metrics = totals.ToMetrics(epoch, _plan.Epochs, _trainer.Phase, validation, diagnostics, diagnosed);
        TimeSpan diagnosing = diagnostics is null ? default : diagnosed - validated;
        _reports.History.Add(new(metrics, totals.Duration, validation is null ? default : validating, diagnosing), confusion);
        if (isBest)
            _reports.History.KeepBest();
        _checkpoints?.Write(epoch, _trainer.Save(), _best, _reports.History);
        _reports.EndEpoch(Parameters);
        Report(metrics, progress);
    }

    public void Dispose()
    {
        _probe?.Dispose();
        _trainer.Dispose();
    }

    /// <summary>
    /// Takes over a checkpoint or the initial network; gives the number of epochs done. The first rank does, and tells the others.
    /// </summary>
    private int Start()
    {
        int epoch = _ranks.Together(() =>
        {
            int done = _ranks.IsFirst ? Resume() : 0;
            if (done == 0 && _ranks.IsFirst)
                Begin();
            return done;
        });
        if (_ranks.IsAlone)
            return epoch;
        byte[] shared = _ranks.FromFirst(
            _ranks.IsFirst ? new Checkpoint(epoch, _trainer.Save(), _best, "", new TrainingHistory()).ToBytes() : null);
        if (_ranks.IsFirst)
            return epoch;
        Checkpoint start = Checkpoint.FromBytes(shared);
        EnterPhase(Math.Max(0, start.Epoch - 1));
        _trainer.Load(start.State);
        _best = start.Best;
        return start.Epoch;
    }

    /// <summary>Takes over the last checkpoint, if there is one; gives the number of epochs done.</summary>
    private int Resume() => _checkpoints?.Resume(_plan.Epochs, checkpoint =>
    {
        // That of the epoch done last; the one to come may be in the next phase.
        EnterPhase(checkpoint.Epoch - 1);
        _trainer.Load(checkpoint.State);
        _best = checkpoint.Best;
        _reports.Resume(checkpoint.History);
    }) ?? 0;

    /// <summary>Takes over what the plan begins with.</summary>
    private void Begin()
    {
        if (_plan.Start is not { } start)
            return;
        _channel.Info("Going on from the initial network.");
        _trainer.Begin(start.Tensors.IsFolded ? Calibration.Run(_plan, _data, CheckAlive) : start.Tensors.Tensors);
    }

    private void EnterPhase(int epoch)
    {
        PhasePlan phase = _plan.Phases.Last(phase => phase.FirstEpoch <= epoch);
        if (phase == _trainer.Phase)
            return;
        TrainingState state = _trainer.Save();
        _trainer.Dispose();
        _probe?.Dispose();
        _probe = null;
        _trainer = new PhaseTrainer(_plan, phase);
        _trainer.Load(state);
        _channel.Info($"From epoch {epoch + 1} on: T = {phase.TimeSteps}, samples of {phase.Network.Height} x {phase.Network.Width}.");
    }

    /// <summary>Keeps what is better than all before; gives whether it is.</summary>
    private bool KeepBest(int epoch, double? accuracy)
    {
        // Epochs of early phases measure another task.
        if (epoch <= _plan.Phases[^1].FirstEpoch)
            return false;
        if (_plan.EarlyStopping is not { } stopping || accuracy is not { } value
            || _best is not null && !(value > _best.Accuracy + stopping.MinimumGain))
            return false;
        _best = new BestEpoch(epoch, value, _trainer.Result());
        return true;
    }

    /// <summary>All ranks have taken the same steps: so they have the same weights, unless their machines add differently.</summary>
    /// <exception cref="InvalidOperationException">They have not.</exception>
    private void CheckWeights(int epoch)
    {
        if (_ranks.IsAlone)
            return;
        ReadOnlySpan<UInt128> own = [TensorHash.Of(_trainer.Network.Export().Select(tensor => (tensor.Key, tensor.Value)))];
        var all = new UInt128[_ranks.Size];
        _ranks.Gather(own, all);
        int other = Array.FindIndex(all, hash => hash != all[0]);
        if (other < 0)
            return;
        throw _ranks.OnEachRank(new InvalidOperationException(
            $"After epoch {epoch} the weights of rank {other} are no longer those of rank 0, though both have taken the same steps. Their "
            + "machines compute differently, or one of them is at fault. The last checkpoint is of the epoch before."));
    }

    private bool IsOutOfPatience(int epochsDone) =>
        _plan.EarlyStopping is { } stopping && _best is not null && epochsDone - _best.Epoch >= stopping.Patience;

    private EpochTotals TrainEpoch(int epoch)
    {
        var totals = new EpochTotals();
        var watch = Stopwatch.StartNew();
        using BatchQueue batches = _data.Training.StartEpoch(epoch, _plan.CancellationToken);
        TrainingProgress? progress = null;
        // What may fail on one rank alone (reading, what users do when they are told) comes together at one place of each step.
        while (_ranks.Together(NextBatch) is { } batch)
        {
            long step = epoch * _data.Training.BatchesPerEpoch + totals.Batches;
            totals.LearningRate = _learningRates.At(step);
            WarnOfOneClass(batch);
            StepResult result = _trainer.Step(batch, _data.Training.MeanWeight, step, totals.LearningRate);
            if (result.Fault is not null)
                throw _ranks.OnEachRank(Diverged($"{result.Fault} in epoch {epoch + 1}, batch {totals.Batches + 1}"));
            totals.Add(batch.Total, result);
            progress = new()
            {
                Epoch = epoch + 1,
                Epochs = _plan.Epochs,
                Batch = totals.Batches,
                Batches = _data.Training.BatchesPerEpoch,
                Samples = batch.Total,
                Loss = result.Loss,
            };
            batches.Return(batch);
        }
        totals.InputWait = batches.Waited;
        totals.Duration = watch.Elapsed;
        return totals;

        Batch? NextBatch()
        {
            if (progress is not null && _ranks.IsFirst)
                _plan.Progress?.Report(progress);
            if (!batches.TryTake(out Batch batch))
                return null;
            CheckAlive();
            return batch;
        }
    }

    private (double Loss, double Accuracy) Validate(int epoch, ConfusionCounts confusion)
    {
        double loss = 0;
        long correct = 0, samples = 0;
        using BatchQueue batches = _data.Validation!.StartEpoch(epoch, _plan.CancellationToken);
        while (batches.TryTake(out Batch batch))
        {
            CheckAlive();
            (double batchLoss, int batchCorrect, long[] predicted) = _trainer.Evaluate(batch, _data.Validation.MeanWeight);
            for (int i = 0; i < predicted.Length; i++)
                confusion.Add((int)batch.Labels[i], (int)predicted[i]);
            loss += batchLoss * batch.Count;
            correct += batchCorrect;
            samples += batch.Count;
            batches.Return(batch);
        }
        return (loss / samples, (double)correct / samples);
    }

    /// <summary>What the options ask for after this epoch; null for nothing.</summary>
    /// <param name="epoch">From 1.</param>
    private TrainingDiagnostics? Diagnose(int epoch)
    {
        if (_plan.Diagnostics is not { } options || epoch != 1 && epoch != _plan.Epochs && epoch % options.EpochInterval != 0)
            return null;
        _probeBatch ??= _data.ReadProbe(options.Samples, _plan.CancellationToken);
        _probe ??= new(_plan, _trainer.Phase);
        return _probe.Measure(_trainer.Network.Export(), _probeBatch, _data.Training.MeanWeight, options.IsometryVectors);
    }

    private Dictionary<string, float[]> Parameters()
    {
        IReadOnlyDictionary<string, float[]> tensors = _trainer.Network.Export();
        return _trainer.Network.Parameters.ToDictionary(parameter => parameter.Name, parameter => tensors[parameter.Name]);
    }

    private void WarnOfOneClass(Batch batch)
    {
        if (_warnedOfOneClass || _data.Training.PoolSize == 0 || batch.Total < 2)
            return;
        bool isOfOne = !batch.Labels.AsSpan().ContainsAnyExcept(batch.Labels[0])
            && batch.Mix?.Labels.AsSpan().ContainsAnyExcept(batch.Labels[0]) != true;
        var classes = new long[_ranks.Size];
        _ranks.Gather([isOfOne ? batch.Labels[0] : -1], classes);
        if (classes[0] < 0 || classes.AsSpan().ContainsAnyExcept(classes[0]))
            return;
        _warnedOfOneClass = true;
        _channel.Warning(
            "A batch holds samples of one class only. The data can neither be shuffled by its view nor kept in memory, and its rows seem "
            + "to be ordered by class: raise CacheMebibytes, or shuffle the rows beforehand.");
    }

    private void Report(TrainingMetrics metrics, IProgressChannel progress)
    {
        string validation = metrics.ValidationAccuracy is null
            ? ""
            : FormattableString.Invariant(
                $", validation loss {metrics.ValidationLoss:F4}, validation accuracy {metrics.ValidationAccuracy:P2}");
        _channel.Info(FormattableString.Invariant(
            $"Epoch {metrics.Epoch}/{metrics.Epochs}: loss {metrics.Loss:F4}, accuracy {metrics.Accuracy:P2}{validation}, ")
            + FormattableString.Invariant($"learning rate {metrics.LearningRate:G4}, firing rate {metrics.FiringRate:F3}, ")
            + FormattableString.Invariant($"{metrics.SynapticOperations / 1e6:G4} M synaptic operations a sample, ")
            + FormattableString.Invariant(
                $"{metrics.SamplesPerSecond:F1} samples/s, waited {metrics.InputWait.TotalSeconds:F1} s for input"));
        progress.Checkpoint(metrics.Loss, metrics.Accuracy, metrics.Epoch);
        _plan.MetricsCallback?.Invoke(metrics);
    }

    /// <summary>A checkpoint of the epoch before stays.</summary>
    internal static Exception Diverged(string how, Exception? cause = null) => new InvalidOperationException(
        $"Training diverged: {how}. Lower LearningRate, or give Schedule a warm-up; if it is so from the first batch on, look at the "
        + "size of the features.", cause);

    private void CheckAlive()
    {
        _plan.CancellationToken.ThrowIfCancellationRequested();
        _host.CheckAlive();
    }
}
