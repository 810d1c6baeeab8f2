using System.Diagnostics;
using Microsoft.ML.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn;

/// <summary>
/// One run of stochastic gradient descent through space and time over a network: epochs of training, each followed by validation and a
/// report.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly SpikingResNetTrainer.Options _options;
    private readonly SpikingNetwork _network;
    private readonly SampleShape _shape;
    private readonly int _timeSteps;
    private readonly Device _device;
    private readonly BatchSource _training;
    private readonly BatchSource? _validation;
    private readonly CheckpointFolder? _checkpoints;
    private readonly LearningRatePlan _learningRates;
    private readonly SGD _optimizer;
    private readonly IHost _host;
    private readonly IChannel _channel;
    private BestEpoch? _best;
    private bool _warnedOfOneClass;

    public TrainingRun(
        SpikingResNetTrainer.Options options, SpikingNetwork network, SampleShape shape, int timeSteps, BatchSource training,
        BatchSource? validation, CheckpointFolder? checkpoints, IHost host, IChannel channel)
    {
        _checkpoints = checkpoints;
        _options = options;
        _network = network;
        _shape = shape;
        _timeSteps = timeSteps;
        _device = network.Device;
        _training = training;
        _validation = validation;
        _host = host;
        _channel = channel;
        _learningRates = new LearningRatePlan(options, training.BatchesPerEpoch);
        _optimizer = optim.SGD(
            network.Parameters.Select(parameter => parameter.Value), options.LearningRate, options.Momentum, weight_decay: options.WeightDecay);
    }

    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The loss is no longer finite.</exception>
    public void Train()
    {
        // The caller may have turned gradients off for this thread.
        using IDisposable gradients = enable_grad();
        using IProgressChannel progress = _host.StartProgressChannel("Training");
        int epoch = Resume();
        // Asked for at any time, on another thread.
        progress.SetHeader(
            new ProgressHeader(["Loss", "Accuracy"], ["epochs"]), entry => entry.SetProgress(0, Volatile.Read(ref epoch), _options.Epochs));
        var elapsed = Stopwatch.StartNew();
        while (epoch < _options.Epochs && !IsOutOfPatience(epoch))
        {
            EpochTotals totals = TrainEpoch(epoch);
            (double Loss, double Accuracy)? validation = _validation is null ? null : Validate(epoch);
            epoch++;
            KeepBest(epoch, validation?.Accuracy);
            _checkpoints?.Write(new Checkpoint(epoch, _network.Export(), OptimizerState.Read(_optimizer, _network.Parameters), _best));
            Report(totals.ToMetrics(epoch, _options.Epochs, validation, elapsed.Elapsed), progress);
        }
        if (_best is not null)
        {
            _channel.Info(FormattableString.Invariant($"The model is that of epoch {_best.Epoch}, validation accuracy {_best.Accuracy:P2}."));
            _network.Import(_best.Tensors);
        }
    }

    public void Dispose() => _optimizer.Dispose();

    /// <summary>Takes over the last checkpoint, if there is one; gives the number of epochs done.</summary>
    private int Resume()
    {
        if (_checkpoints?.TryRead() is not { } checkpoint)
            return 0;
        _network.Import(checkpoint.Tensors);
        OptimizerState.Write(_optimizer, _network.Parameters, checkpoint.Momentum);
        _best = checkpoint.Best;
        _channel.Info($"Going on from the checkpoint after epoch {checkpoint.Epoch} of {_options.Epochs}.");
        return checkpoint.Epoch;
    }

    private void KeepBest(int epoch, double? accuracy)
    {
        if (_options.EarlyStopping is { } stopping && accuracy is { } value && (_best is null || value > _best.Accuracy + stopping.MinimumGain))
            _best = new BestEpoch(epoch, value, _network.Export());
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
            totals.LearningRate = _learningRates.At(epoch * _training.BatchesPerEpoch + totals.Batches);
            WarnOfOneClass(batch);
            (double loss, int correct) = Step(batch, totals.LearningRate);
            if (!double.IsFinite(loss))
            {
                throw new InvalidOperationException(
                    $"Training diverged: the loss is {loss} in epoch {epoch + 1}, batch {totals.Batches + 1}. Lower LearningRate or set WarmupEpochs.");
            }
            totals.Add(batch.Count, loss, correct, _network.FiringRates.Average(layer => layer.Rate));
            _options.ProgressCallback?.Invoke(
                new(epoch + 1, _options.Epochs, totals.Batches, _training.BatchesPerEpoch, batch.Count, loss));
            batches.Return(batch);
        }
        totals.InputWait = batches.Waited;
        totals.Duration = watch.Elapsed;
        return totals;
    }

    private (double Loss, int Correct) Step(Batch batch, double learningRate)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (SGD.ParamGroup group in _optimizer.ParamGroups.Cast<SGD.ParamGroup>())
            group.LearningRate = learningRate;
        _optimizer.zero_grad();
        (Tensor loss, Tensor correct) = Evaluate(batch, _training, training: true);
        _network.Backward(loss);
        _optimizer.step();
        return (loss.ToDouble(), correct.ToInt32());
    }

    private (double Loss, double Accuracy) Validate(int epoch)
    {
        using IDisposable noGradients = no_grad();
        double loss = 0;
        long correct = 0, samples = 0;
        using BatchQueue batches = _validation!.StartEpoch(epoch, _options.CancellationToken);
        while (batches.TryTake(out Batch batch))
        {
            CheckAlive();
            using DisposeScope scope = NewDisposeScope();
            (Tensor batchLoss, Tensor batchCorrect) = Evaluate(batch, _validation, training: false);
            loss += batchLoss.ToDouble() * batch.Count;
            correct += batchCorrect.ToInt32();
            samples += batch.Count;
            batches.Return(batch);
        }
        return (loss / samples, (double)correct / samples);
    }

    private (Tensor Loss, Tensor Correct) Evaluate(Batch batch, BatchSource source, bool training)
    {
        int n = batch.Count;
        Tensor input = _shape.Slices is { } slices
            ? tensor(batch.Features, [n, slices, _shape.Channels, _shape.Height, _shape.Width], device: _device).transpose(0, 1).contiguous()
            : tensor(batch.Features, [n, _shape.Channels, _shape.Height, _shape.Width], device: _device);
        Tensor labels = tensor(batch.Labels, [n], device: _device);
        Tensor outputs = _network.Forward(input, _timeSteps, training);         // [T, N, classes]
        Tensor mean = outputs.mean([0]);                                        // Q of Eq. 11

        Tensor losses = _options.Loss == SpikingLoss.Temporal
            ? CrossEntropy(outputs.flatten(0, 1), labels.repeat(_timeSteps)).view(_timeSteps, n).mean([0])
            : CrossEntropy(mean, labels);                                       // Eq. 12
        if (_options.ExampleWeightColumnName is not null)
        {
            // Weights are relative to their mean, so that the learning rate means the same with and without them.
            Tensor weights = tensor(batch.Weights, [n], device: _device) / source.MeanWeight;
            losses = losses * weights;
        }
        Tensor correct;
        using (no_grad())
            correct = mean.argmax(1).eq(labels).sum();
        return (losses.mean(), correct);
    }

    private static Tensor CrossEntropy(Tensor outputs, Tensor labels) =>
        nn.functional.cross_entropy(outputs, labels, reduction: nn.Reduction.None);

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

    private void CheckAlive()
    {
        _options.CancellationToken.ThrowIfCancellationRequested();
        _host.CheckAlive();
    }
}
