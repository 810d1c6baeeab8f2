using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Training;

public class SpikingResNetTrainerTests
{
    private readonly MLContext _context = new(seed: 1);

    [Slow]
    [Fact]
    public void Learns_and_is_evaluated_by_the_stock_evaluator()
    {
        ITransformer model = TinyImages.Pipeline(_context, TinyImages.Options(epochs: 10)).Fit(TinyImages.View(_context, perClass: 60));
        MulticlassClassificationMetrics metrics = _context.MulticlassClassification.Evaluate(
            model.Transform(TinyImages.View(_context, perClass: 30, seed: 2)));
        Assert.InRange(metrics.MicroAccuracy, 0.9, 1);
        Assert.InRange(metrics.LogLoss, 0, 0.5);
    }

    [Fact]
    public void Scores_are_probabilities_and_the_prediction_is_the_first_of_the_highest()
    {
        ITransformer model = TinyImages.Pipeline(_context, TinyImages.Options(epochs: 2)).Fit(TinyImages.View(_context, perClass: 20));
        IDataView scored = model.Transform(TinyImages.View(_context, perClass: 20, seed: 3));
        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        uint[] predicted = [.. scored.GetColumn<uint>("PredictedLabel")];
        for (int i = 0; i < scores.Length; i++)
        {
            Assert.All(scores[i], score => Assert.InRange(score, 0, 1));
            Assert.Equal(1, scores[i].Sum(), 1e-5);
            Assert.Equal(scores[i].IndexOf(scores[i].Max()) + 1, (int)predicted[i]);
        }
    }

    [Fact]
    public void Cross_validation_refits_even_where_a_fold_lacks_a_class()
    {
        var log = new List<string>();
        _context.Log += (_, e) => log.Add(e.Message);
        // The sampling key keeps each class in one fold: that fold trains without it.
        IDataView data = TinyImages.View(_context, 12);
        data = _context.Transforms.Conversion.MapValueToKey("Label", nameof(TinyImages.Row.Name)).Fit(data).Transform(data);
        var results = _context.MulticlassClassification.CrossValidate(
            data, _context.MulticlassClassification.Trainers.SpikingResNet(TinyImages.Options(epochs: 3)), numberOfFolds: 3,
            samplingKeyColumnName: nameof(TinyImages.Row.Number));
        Assert.InRange(results.Count, 1, 3);
        Assert.Contains(log, message => message.Contains("classes have no sample in the training set"));
        Assert.All(results, result => Assert.Equal(3, ((MulticlassPredictionTransformer<SpikingResNetModelParameters>)result.Model).Model.Network.ClassCount));
    }

    [Fact]
    public void Rows_without_a_label_are_left_out_and_said_so()
    {
        var log = new List<string>();
        _context.Log += (_, e) => log.Add(e.Message);
        TinyImages.Row[] rows = TinyImages.Rows(10);
        IDataView known = _context.Data.LoadFromEnumerable(rows.Where(row => row.Name != "square"));
        // The key mapping has not seen squares: they become key 0.
        ITransformer keys = _context.Transforms.Conversion.MapValueToKey("Label", nameof(TinyImages.Row.Name)).Fit(known);
        IDataView data = keys.Transform(_context.Data.LoadFromEnumerable(rows));
        var fitted = _context.MulticlassClassification.Trainers.SpikingResNet(TinyImages.Options(epochs: 1)).Fit(data);
        Assert.Equal(2, fitted.Model.Network.ClassCount);
        Assert.Contains(log, message => message.Contains("10 rows of the training set have no label"));
    }

    [Fact]
    public void Options_are_copied_and_never_changed()
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        options.InputShape = [3, 8, 8];
        SpikingResNetTrainer trainer = _context.MulticlassClassification.Trainers.SpikingResNet(options);
        options.Epochs = 10_000;
        options.InputShape[0] = 99;
        options.FeatureColumnName = "Elsewhere";
        IDataView data = Keyed(TinyImages.View(_context, 4));
        trainer.Fit(data);
        Assert.Equal((10_000, 99, "Elsewhere", 16), (options.Epochs, options.InputShape[0], options.FeatureColumnName, options.BatchSize));
    }

    [Slow]
    [Fact]
    public void Metrics_come_once_an_epoch_and_progress_once_a_batch()
    {
        var metrics = new List<TrainingMetrics>();
        var progress = new List<TrainingProgress>();
        var log = new List<string>();
        _context.Log += (_, e) => log.Add(e.Message);
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 3);
        options.ValidationFraction = 0.3;
        options.MetricsCallback = metrics.Add;
        options.Progress = new ProgressOnThread(progress.Add);
        TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, perClass: 20));

        Assert.Equal([1, 2, 3], metrics.Select(epoch => epoch.Epoch));
        Assert.All(metrics, epoch =>
        {
            Assert.Equal(3, epoch.Epochs);
            Assert.InRange(epoch.Loss, 0.001, 10);
            Assert.InRange(epoch.Accuracy, 0, 1);
            Assert.InRange(epoch.ValidationAccuracy!.Value, 0, 1);
            Assert.InRange(epoch.ValidationLoss!.Value, 0.001, 10);
            Assert.InRange(epoch.FiringRate, 0.01, 0.9);
            Assert.True(epoch.SamplesPerSecond > 0);
        });
        Assert.True(metrics[0].LearningRate > metrics[2].LearningRate);
        Assert.True(metrics[0].Elapsed < metrics[2].Elapsed);
        Assert.Equal(progress.Count, 3 * progress[0].Batches);
        Assert.All(progress.GroupBy(batch => batch.Epoch), epoch => Assert.InRange(epoch.Sum(batch => batch.Samples), 30, 55));
        Assert.Equal(3, log.Count(message => message.Contains("Epoch ") && message.Contains("samples/s")));
    }

    [Fact]
    public void Validation_sets_given_by_option_and_by_Fit_measure_the_same()
    {
        IDataView data = Keyed(TinyImages.View(_context, 12)), validation = Keyed(TinyImages.View(_context, 6, seed: 5));
        Assert.Equal(
            Validate(options => { options.ValidationSet = validation; }, trainer => trainer.Fit(data)),
            Validate(_ => { }, trainer => trainer.Fit(data, validation)));

        double[] Validate(Action<SpikingResNetTrainer.Options> set, Action<SpikingResNetTrainer> fit)
        {
            var accuracies = new List<double>();
            SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 2);
            options.MetricsCallback = epoch => accuracies.Add(epoch.ValidationAccuracy!.Value);
            set(options);
            fit(_context.MulticlassClassification.Trainers.SpikingResNet(options));
            return [.. accuracies];
        }
    }

    [Fact]
    public void Validation_loss_does_not_depend_on_the_unit_of_the_weights()
    {
        IDataView data = Keyed(TinyImages.View(_context, 8));
        double[] losses = [.. new[] { 1f, 10f }.Select(weight =>
        {
            TinyImages.Row[] rows = TinyImages.Rows(6, seed: 5);
            foreach (TinyImages.Row row in rows)
                row.Weight = weight;
            double loss = 0;
            SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
            options.ExampleWeightColumnName = nameof(TinyImages.Row.Weight);
            options.MetricsCallback = epoch => loss = epoch.ValidationLoss!.Value;
            _context.MulticlassClassification.Trainers.SpikingResNet(options).Fit(data, Keyed(_context.Data.LoadFromEnumerable(rows)));
            return loss;
        })];
        Assert.Equal(losses[0], losses[1], 1e-5);
    }

    [Fact]
    public void Cancellation_ends_training_within_a_batch()
    {
        using var source = new CancellationTokenSource();
        int batches = 0;
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1000);
        options.CancellationToken = source.Token;
        options.Progress = new ProgressOnThread(_ =>
        {
            if (++batches == 3)
                source.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 20)));
        Assert.Equal(3, batches);
    }

    [Fact]
    public void The_contexts_own_cancellation_works_too()
    {
        int batches = 0;
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1000);
        options.Progress = new ProgressOnThread(_ =>
        {
            if (++batches == 2)
                _context.CancelExecution();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 20)));
        Assert.Equal(2, batches);
    }

    [Slow]
    [Theory]
    [InlineData(1024)]
    [InlineData(0)]
    public void The_seed_decides_the_model_whether_rows_come_from_memory_or_from_the_view_again(int cacheMebibytes)
    {
        IDataView data = Keyed(TinyImages.View(_context, 12)), probe = TinyImages.View(_context, 4, seed: 9);
        float[][] first = Scores(seed: 5), again = Scores(seed: 5), other = Scores(seed: 6);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);

        float[][] Scores(int seed)
        {
            SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 2);
            options.Seed = seed;
            options.CacheMebibytes = cacheMebibytes;
            options.Augmentation = new ImageAugmentation { CropPadding = 1, HorizontalFlip = true, CutoutSize = 2 };
            return [.. _context.MulticlassClassification.Trainers.SpikingResNet(options).Fit(data).Transform(Keyed(probe)).GetColumn<float[]>("Score")];
        }
    }

    [Fact]
    public void Two_fits_at_once_do_not_disturb_each_other()
    {
        IDataView data = Keyed(TinyImages.View(_context, 8));
        SpikingResNetTrainer trainer = _context.MulticlassClassification.Trainers.SpikingResNet(TinyImages.Options(epochs: 2));
        float[][] alone = Scores();
        float[][][] together = new float[3][][];
        Parallel.For(0, together.Length, i => together[i] = Scores());
        Assert.All(together, scores => Assert.Equal(alone, scores));

        float[][] Scores() => [.. trainer.Fit(data).Transform(data).GetColumn<float[]>("Score")];
    }

    [Slow]
    [Fact]
    public void Weights_of_zero_leave_rows_out_of_the_loss()
    {
        // Half of the rows carry a wrong label and no weight: the network must learn the right half.
        TinyImages.Row[] right = TinyImages.Rows(50), wrong = TinyImages.Rows(50, seed: 4);
        foreach (TinyImages.Row row in wrong)
        {
            row.Name = row.Name == "row" ? "column" : row.Name == "column" ? "square" : "row";
            row.Weight = 0;
        }
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 10);
        options.ExampleWeightColumnName = nameof(TinyImages.Row.Weight);
        ITransformer model = TinyImages.Pipeline(_context, options).Fit(_context.Data.LoadFromEnumerable((TinyImages.Row[])[.. right, .. wrong]));
        var metrics = _context.MulticlassClassification.Evaluate(model.Transform(TinyImages.View(_context, 30, seed: 2)));
        Assert.InRange(metrics.MicroAccuracy, 0.8, 1);
    }

    [Fact]
    public void Spike_trains_bring_their_own_time_steps()
    {
        IDataView data = Keyed(TinyImages.View(_context, 8));
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        options.TimeSteps = null;
        options.InputShape = [3, 1, 8, 8];      // the three colors, one after the other
        SpikingNetwork network = _context.MulticlassClassification.Trainers.SpikingResNet(options).Fit(data).Model.Network;
        Assert.Equal(3, network.TimeSteps);
        Assert.Equal([3, 1, 8, 8], network.InputShape);
    }

    [Slow]
    [Fact]
    public void The_temporal_loss_trains_too()
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 10);
        options.Loss = SpikingLoss.Temporal;
        options.Schedule = LearningRateSchedule.Step(warmupEpochs: 1);
        ITransformer model = TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 60));
        Assert.InRange(_context.MulticlassClassification.Evaluate(model.Transform(TinyImages.View(_context, 30, seed: 2))).MicroAccuracy, 0.85, 1);
    }

    [Slow]
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_penalty_on_synaptic_operations_makes_them_fewer_and_leaves_the_loss_as_it_is_told(int maxSpikes)
    {
        (double loss, double without) = Train(0);
        (double penalized, double with) = Train(5);
        Assert.InRange(with, 0.01 * without, 0.9 * without);
        // In the first batches the networks are the same, and 5 times the firing rate would show.
        Assert.Equal(loss, penalized, 0.3);

        (double FirstLoss, double LastOperations) Train(double penalty)
        {
            var metrics = new List<TrainingMetrics>();
            SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 6);
            options.Neuron = options.Neuron with { MaxSpikes = maxSpikes };
            options.LearningRate = 0.02;
            options.SynapticOperationPenalty = penalty;
            options.MetricsCallback = metrics.Add;
            TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 20));
            return (metrics[0].Loss, metrics[^1].SynapticOperations);
        }
    }

    [Fact]
    public void The_output_columns_may_have_other_names()
    {
        IDataView data = Keyed(TinyImages.View(_context, 4));
        var trainer = _context.MulticlassClassification.Trainers.SpikingResNet(
            scoreColumnName: "Probabilities", predictedLabelColumnName: "Guess", timeSteps: 1, epochs: 1,
            architecture: TinyImages.Options().Architecture);
        IDataView scored = trainer.Fit(data).Transform(data);
        Assert.NotNull(scored.Schema.GetColumnOrNull("Probabilities"));
        Assert.NotNull(scored.Schema.GetColumnOrNull("Guess"));
        Assert.Null(scored.Schema.GetColumnOrNull("Score"));
        Assert.Equal(
            trainer.GetOutputSchema(SchemaShape.Create(data.Schema)).Select(column => column.Name).Order(),
            scored.Schema.Select(column => column.Name).Distinct().Order());
    }

    [Slow]
    [Fact]
    public void Permutation_feature_importance_accepts_the_model()
    {
        IDataView data = Keyed(TinyImages.View(_context, 4));
        var model = _context.MulticlassClassification.Trainers.SpikingResNet(TinyImages.Options(epochs: 1)).Fit(data);
        var importance = _context.MulticlassClassification.PermutationFeatureImportance(model, data);
        Assert.Equal(TinyImages.Length, importance.Length);
    }

    private IDataView Keyed(IDataView data) => _context.Transforms.Conversion
        .MapValueToKey("Label", nameof(TinyImages.Row.Name), keyOrdinality: Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
        .Fit(data).Transform(data);
}
