using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Mean and deviation that are given instead of measured, and the first pass that they spare.</summary>
public class KnownInputStatistics
{
    // Far more than the pool, the queue of batches and ML.NET's reading ahead hold.
    private const int ManyPerClass = 2000;

    private readonly MLContext _context = new(seed: 1);

    [Theory]
    [InlineData(0)]     // read again each epoch
    [InlineData(1024)]  // kept
    public void The_statistics_that_would_be_measured_give_the_same_network(int cacheMebibytes)
    {
        TinyImages.Row[] rows = TinyImages.Rows(perClass: 20);
        (float[] mean, float[] deviation) = Statistics(rows);
        Assert.Equal(
            FoldedWeights.Of(Train(rows, options => options.CacheMebibytes = cacheMebibytes)),
            FoldedWeights.Of(Train(rows, options =>
            {
                options.CacheMebibytes = cacheMebibytes;
                options.InputStatistics = new(mean, deviation);
            })));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1024)]
    public void Others_become_part_of_the_network(int cacheMebibytes)
    {
        TinyImages.Row[] rows = TinyImages.Rows(perClass: 10);
        SpikingNetwork network = Train(rows, options =>
        {
            options.CacheMebibytes = cacheMebibytes;
            options.InputStatistics = new([1, 2, 3], [4, 8, 16]);
        });
        InputAffineNode<float> input = network.ToGraph().Nodes.OfType<InputAffineNode<float>>().Single();
        Assert.Equal([0.25f, 0.125f, 0.0625f], input.Scale);
        Assert.Equal([-0.25f, -0.25f, -0.1875f], input.Offset);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Of_a_set_that_does_not_fit_only_labels_are_read_before_the_first_batch(bool known, bool wholePass)
    {
        int total = TinyImages.Classes.Length * ManyPerClass, reads = 0, readsBefore = -1;
        TinyImages.Row[] rows = TinyImages.Rows(perClass: 1);
        IDataView view = _context.Data.LoadFromEnumerable(Enumerable.Range(0, total).Select(i => new CountedRow(() => reads++)
        {
            Features = rows[i % rows.Length].Features, Name = rows[i % rows.Length].Name,
        }));
        using var stop = new CancellationTokenSource();
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.CacheMebibytes = 0;
        options.InputStatistics = known ? new([60, 60, 60], [70, 70, 70]) : null;
        options.CancellationToken = stop.Token;
        options.Progress = new ProgressOnThread(_ =>
        {
            readsBefore = readsBefore < 0 ? reads : readsBefore;
            stop.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => TinyImages.Pipeline(_context, options).Fit(view));
        Assert.Equal(wholePass, readsBefore >= total);
        Assert.InRange(readsBefore, 1, wholePass ? 2 * total : total / 2);
    }

    [Fact]
    public void A_part_for_validation_is_chosen_by_the_samples_which_are_read_then()
    {
        TinyImages.Row[] rows = TinyImages.Rows(perClass: 20);
        (float[] mean, float[] deviation) = ([60, 60, 60], [70, 70, 70]);
        var validations = new List<double?>();
        foreach (int cache in (int[])[0, 1024])
        {
            Train(rows, options =>
            {
                (options.Epochs, options.CacheMebibytes, options.ValidationFraction) = (1, cache, 0.3);
                options.InputStatistics = new(mean, deviation);
                options.MetricsCallback = epoch => validations.Add(epoch.ValidationAccuracy);
            });
        }
        Assert.Equal(2, validations.Count);
        Assert.DoesNotContain(null, validations);
    }

    [Fact]
    public void Labels_and_first_samples_tell_data_apart()
    {
        TinyImages.Row[] rows = TinyImages.Rows(perClass: 50);
        UInt128 hash = Survey(rows).ContentHash;
        Assert.Equal(hash, Survey(TinyImages.Rows(perClass: 50)).ContentHash);

        (rows[^1].Name, string name) = ("row", rows[^1].Name);
        Assert.NotEqual(hash, Survey(rows).ContentHash);
        rows[^1].Name = name;
        rows[0].Features[0]++;
        Assert.NotEqual(hash, Survey(rows).ContentHash);
        rows[0].Features[0]--;
        // Beyond the first samples nothing is looked at.
        rows[^1].Features[0]++;
        Assert.Equal(hash, Survey(rows).ContentHash);
        Assert.False(Survey(rows).IsWhole);
    }

    [Theory]
    [InlineData(3)]     // among the first samples
    [InlineData(140)]   // in the midst of an epoch
    public void A_value_that_is_not_finite_is_found_when_its_row_is_read(int row)
    {
        TinyImages.Row[] rows = TinyImages.Rows(perClass: 50);
        rows[row].Features[5] = float.NaN;
        Exception e = Assert.ThrowsAny<Exception>(() => Train(rows, options =>
        {
            options.CacheMebibytes = 0;
            options.InputStatistics = new([60, 60, 60], [70, 70, 70]);
        }));
        var cause = Assert.IsType<InvalidOperationException>(e);
        Assert.Contains($"Row {row} of feature column 'Features' holds NaN at index 5", cause.Message);
    }

    [Fact]
    public void Neither_an_empty_set_nor_a_bad_weight_is_passed_over()
    {
        TinyImages.Row[] rows = TinyImages.Rows(perClass: 50);
        Exception e = Assert.ThrowsAny<InvalidOperationException>(() => Train([], options => options.InputStatistics = new([1, 1, 1], [1, 1, 1])));
        Assert.Contains("instances", e.Message);
        foreach (TinyImages.Row row in rows)
            row.Weight = 0;
        Assert.Contains("All weights", Assert.ThrowsAny<InvalidOperationException>(() => Survey(rows, weighted: true)).Message);
        rows[^1].Weight = float.NaN;
        Assert.Contains("Row 149 of weight column", Assert.ThrowsAny<InvalidOperationException>(() => Survey(rows, weighted: true)).Message);
    }

    [Fact]
    public void They_must_be_a_number_for_each_channel()
    {
        Assert.Throws<ArgumentException>(() => new InputStatistics([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => new InputStatistics([], []));
        Assert.Throws<ArgumentNullException>(() => new InputStatistics(null!, [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InputStatistics([float.NaN], [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InputStatistics([0], [0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InputStatistics([0], [-1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InputStatistics([0], [float.PositiveInfinity]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InputStatistics([0], [float.Epsilon]));

        var e = Assert.Throws<ArgumentOutOfRangeException>(() => Train(TinyImages.Rows(2), options => options.InputStatistics = new([1], [1])));
        Assert.Equal("InputStatistics", e.ParamName);
        Assert.Contains("has 1 channels, but the samples of feature column 'Features' have 3", e.Message);
        SpikingResNetTrainer.Options options = TinyImages.Options();
        (options.NormalizeInput, options.InputStatistics) = (false, InputStatistics.ImageNet);
        Assert.Equal("InputStatistics", Assert.Throws<ArgumentOutOfRangeException>(
            () => _context.MulticlassClassification.Trainers.SpikingResNet(options)).ParamName);
    }

    private SpikingNetwork Train(TinyImages.Row[] rows, Action<SpikingResNetTrainer.Options> set)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 2);
        set(options);
        return TinyImages.Pipeline(_context, options).Fit(_context.Data.LoadFromEnumerable(rows)).LastTransformer.Model.Network;
    }

    private ExampleSurvey Survey(TinyImages.Row[] rows, bool weighted = false)
    {
        using var channel = ((Runtime.IHostEnvironment)_context).Start("test");
        IDataView view = _context.Data.LoadFromEnumerable(rows);
        IDataView keyed = _context.Transforms.Conversion.MapValueToKey("Label", nameof(TinyImages.Row.Name))
            .Fit(_context.Data.LoadFromEnumerable(TinyImages.Rows(perClass: 1))).Transform(view);
        var roles = new RoleMappedData(keyed, "Label", "Features", weight: weighted ? "Weight" : null);
        var set = new ExampleSet(roles, TinyImages.Columns.Shape, ExampleSet.TrainingName);
        return ExampleSurvey.OfLabels(set, TinyImages.Classes.Length, cacheBytes: 0, channel, () => { })!;
    }

    /// <summary>Mean and deviation of each channel, in float64 and in two passes.</summary>
    private static (float[] Mean, float[] Deviation) Statistics(TinyImages.Row[] rows)
    {
        double[][] channels = [.. Enumerable.Range(0, TinyImages.Channels).Select(channel => rows
            .SelectMany(row => row.Features.Chunk(TinyImages.Size * TinyImages.Size).ElementAt(channel))
            .Select(value => (double)value).ToArray())];
        double[] means = [.. channels.Select(values => values.Average())];
        return ([.. means.Select(mean => (float)mean)],
            [.. channels.Zip(means, (values, mean) => (float)Math.Sqrt(values.Average(value => (value - mean) * (value - mean))))]);
    }

    /// <summary>A row that tells when its pixels are asked for.</summary>
    private sealed class CountedRow(Action asked)
    {
        public CountedRow()
            : this(() => { })
        {
        }

        [VectorType(TinyImages.Channels, TinyImages.Size, TinyImages.Size)]
        public float[] Features
        {
            get
            {
                asked();
                return field;
            }
            set;
        } = [];

        public string Name { get; set; } = "";
    }
}
