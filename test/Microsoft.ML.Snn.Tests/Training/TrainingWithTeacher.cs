using Microsoft.ML.Data;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Chains of ML.NET whose first model teaches the second.</summary>
public sealed class TrainingWithTeacher : IDisposable
{
    private const string Column = "TeacherScore";

    private readonly MLContext _context = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A linear model on the flat pixels, whose Score column the network learns from.</summary>
    [Slow]
    [Theory]
    [InlineData(1024)]
    [InlineData(0)]
    public void A_linear_model_of_ML_NET_teaches(int cacheMebibytes)
    {
        IDataView data = Keyed(TinyImages.View(_context, 12));
        IDataView taught = Taught(data);
        float[][] alone = Scores(data, _ => { });
        float[][] learnt = Scores(taught, Teach), again = Scores(taught, Teach);
        Assert.Equal(learnt, again);
        Assert.NotEqual(alone, learnt);
        // Two weights are two teachings.
        Assert.NotEqual(learnt, Scores(taught, options =>
        {
            Teach(options);
            options.TeacherDistillation = new(weight: 0.1);
        }));
        // The column alone does nothing.
        Assert.Equal(alone, Scores(taught, _ => { }));

        float[][] Scores(IDataView view, Action<SpikingResNetTrainer.Options> set)
        {
            SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 2);
            options.CacheMebibytes = cacheMebibytes;
            options.Augmentation = new() { HorizontalFlip = true };
            set(options);
            // Neither the transformer nor a validation set needs the column.
            return [.. _context.MulticlassClassification.Trainers.SpikingResNet(options)
                .Fit(view, Keyed(TinyImages.View(_context, 3, seed: 4))).Transform(data).GetColumn<float[]>("Score")];
        }
    }

    /// <summary>The same as one pipeline, with a spiking network as the teacher; a part of the data is held out.</summary>
    [Slow]
    [Fact]
    public void A_wider_network_teaches_in_one_pipeline()
    {
        SpikingResNetTrainer.Options teacher = TinyImages.Options(epochs: 2), options = TinyImages.Options(epochs: 2);
        teacher.Architecture = teacher.Architecture.WithWidth(2);
        (teacher.ScoreColumnName, teacher.PredictedLabelColumnName) = (Column, "TeacherPrediction");
        options.TeacherScoreColumnName = Column;
        options.ValidationFraction = 0.2;
        options.Diagnostics = new();
        var metrics = new List<TrainingMetrics>();
        options.MetricsCallback = metrics.Add;
        IDataView data = TinyImages.View(_context, 12);
        ITransformer model = _context.Transforms.Conversion.MapValueToKey("Label", nameof(TinyImages.Row.Name))
            .Append(_context.MulticlassClassification.Trainers.SpikingResNet(teacher))
            .Append(_context.MulticlassClassification.Trainers.SpikingResNet(options))
            .Fit(data);
        Assert.Equal(3, model.Transform(data).GetColumn<float[]>("Score").First().Length);
        Assert.All(metrics, epoch => Assert.InRange(epoch.ValidationLoss!.Value, 0.01, 5));
        Assert.All(metrics, epoch => Assert.InRange(epoch.Diagnostics!.Loss, 0.01, 5));
    }

    [Slow]
    [Fact]
    public void A_run_with_a_teacher_that_was_stopped_ends_as_one_that_was_not()
    {
        IDataView taught = Taught(Keyed(TinyImages.View(_context, 8)));
        float[][] expected = Train(_ => { });
        Assert.Throws<OperationCanceledException>(() => Train(options =>
        {
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = metrics => throw new OperationCanceledException();
        }));
        int epochs = 0;
        float[][] resumed = Train(options =>
        {
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = _ => epochs++;
        });
        Assert.Equal(2, epochs);
        Assert.Equal(expected, resumed);
        // Another teacher makes another run; the same one under another name does not.
        taught = _context.Transforms.CopyColumns("Other", Column).Fit(taught).Transform(taught);
        Train(options =>
        {
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = _ => epochs++;
            options.TeacherScoreColumnName = "Other";
        });
        Assert.Equal(2, epochs);
        taught = Taught(Keyed(TinyImages.View(_context, 8)), l2Regularization: 100);
        Train(options =>
        {
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = _ => epochs++;
        });
        Assert.Equal(5, epochs);

        float[][] Train(Action<SpikingResNetTrainer.Options> set)
        {
            SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 3);
            Teach(options);
            options.SelfDistillation = new();
            set(options);
            return [.. _context.MulticlassClassification.Trainers.SpikingResNet(options)
                .Fit(taught).Transform(taught).GetColumn<float[]>("Score")];
        }
    }

    [Fact]
    public void A_column_that_does_not_suit_is_refused_with_its_name_before_rows_are_read()
    {
        IDataView data = Keyed(TinyImages.View(_context, 3));
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        Teach(options);
        SpikingResNetTrainer trainer = _context.MulticlassClassification.Trainers.SpikingResNet(options);
        Refused(data, Column);
        Refused(Copy(nameof(TinyImages.Row.Number)), "Vector<Single>");
        var doubles = _context.Transforms.Conversion.ConvertType(Column, "Features", DataKind.Double);
        Refused(doubles.Fit(data).Transform(data), "Vector<Single>");
        Assert.Throws<ArgumentOutOfRangeException>(() => trainer.GetOutputSchema(SchemaShape.Create(data.Schema)));
        Assert.Throws<ArgumentOutOfRangeException>(() => trainer.MeasureBlockIsometry(data));

        string message = Refused(Copy("Features"), "has 192 scores");
        Assert.Contains("3 classes", message);

        IDataView Copy(string source) => _context.Transforms.CopyColumns(Column, source).Fit(data).Transform(data);

        string Refused(IDataView view, string words)
        {
            var e = Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(view));
            Assert.Contains(Column, e.Message);
            Assert.Contains(words, e.Message);
            return e.Message;
        }
    }

    [Theory]
    [InlineData(nameof(TinyImages.Row.Name), "of class 'square', but class 1 of the label column is 'column'")]
    [InlineData(nameof(TinyImages.Row.Number), "of class '20', but class 1 of the label column is '0'")]
    public void Classes_in_another_order_are_refused(string labels, string words)
    {
        TinyImages.Row[] rows = TinyImages.Rows(3);
        IDataView forward = Keyed(_context.Data.LoadFromEnumerable(rows), labels);
        // The keys of another mapping: by occurrence, in the rows' reverse order.
        IDataView backward = _context.Data.LoadFromEnumerable(rows.Reverse());
        ITransformer teacher = _context.Transforms.Conversion.MapValueToKey("Label", labels)
            .Append(_context.MulticlassClassification.Trainers.SpikingResNet(TinyImages.Options(epochs: 1)))
            .Append(_context.Transforms.CopyColumns(Column, "Score"))
            .Append(_context.Transforms.SelectColumns("Features", Column, "Name", "Number"))
            .Fit(backward);
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        Teach(options);
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => _context.MulticlassClassification.Trainers.SpikingResNet(options)
            .Fit(Keyed(teacher.Transform(forward), labels)));
        Assert.Contains($"Score 1 of teacher score column '{Column}' is {words}", e.Message);
    }

    [Fact]
    public void A_row_that_the_teacher_could_not_score_is_named()
    {
        IDataView data = Keyed(TinyImages.View(_context, 3));
        var scoring = _context.Transforms.CustomMapping<Input, Output>(
            (input, output) => output.TeacherScore = input.Name == "square" ? [float.NaN, 0, 0] : [1, 0, 0], null);
        IDataView scored = scoring.Fit(data).Transform(data);
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        Teach(options);
        SpikingResNetTrainer trainer = _context.MulticlassClassification.Trainers.SpikingResNet(options);
        var e = Assert.Throws<InvalidOperationException>(() => trainer.Fit(scored));
        Assert.Contains($"Row 6 of teacher score column '{Column}' holds NaN at index 0", e.Message);
    }

    private static void Teach(SpikingResNetTrainer.Options options) => options.TeacherScoreColumnName = Column;

    private IDataView Taught(IDataView data, float? l2Regularization = null)
    {
        var options = new Trainers.SdcaMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1, L2Regularization = l2Regularization };
        var pipeline = _context.MulticlassClassification.Trainers.SdcaMaximumEntropy(options)
            .Append(_context.Transforms.CopyColumns(Column, "Score"))
            .Append(_context.Transforms.DropColumns("Score", "PredictedLabel"));
        return pipeline.Fit(data).Transform(data);
    }

    private IDataView Keyed(IDataView data, string labels = nameof(TinyImages.Row.Name)) => _context.Transforms.Conversion
        .MapValueToKey("Label", labels, keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(data).Transform(data);

    private sealed class Input
    {
        public string Name { get; set; } = "";
    }

    private sealed class Output
    {
        [VectorType(3)]
        public float[] TeacherScore { get; set; } = [];
    }
}
