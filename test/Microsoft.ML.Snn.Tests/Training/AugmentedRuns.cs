using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Network;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Random changes are those of the seed and the epoch: a run that goes on draws what one that was not stopped does.</summary>
[Collection(nameof(LiveTensors))] // The number of threads is the process's.
public sealed class AugmentedRuns : IDisposable
{
    private readonly MLContext _context = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Slow]
    [Theory]
    [InlineData(TrainingPrecision.Float32, 1024)]
    [InlineData(TrainingPrecision.Float32, 0)]
    [InlineData(TrainingPrecision.BFloat16, 1024)]
    public void A_stopped_run_whose_pictures_are_changed_and_mixed_ends_with_the_weights_of_one_that_was_not(
        TrainingPrecision precision, int cacheMebibytes)
    {
        void Set(SpikingResNetTrainer.Options options)
        {
            (options.Precision, options.AllowEmulatedBFloat16, options.CacheMebibytes) = (precision, true, cacheMebibytes);
            (options.LabelSmoothing, options.Loss) = (0.1, SpikingLoss.Temporal);
            options.Augmentation = ImageAugmentation.Standard with { RandAugment = new(), MixupAlpha = 0.5, CutMixAlpha = 1 };
        }
        float[][] expected = AssertResumes(Set);
        // Each of them does something.
        foreach (Func<ImageAugmentation, ImageAugmentation> change in (Func<ImageAugmentation, ImageAugmentation>[])
            [one => one with { RandAugment = null }, one => one with { MixupAlpha = 0 }, one => one with { CutMixAlpha = 0 }])
        {
            Assert.NotEqual(expected, FoldedWeights.Of(Train(options =>
            {
                Set(options);
                options.Augmentation = change(options.Augmentation!);
            })));
        }
    }

    [Slow]
    [Fact]
    public void So_does_a_run_whose_event_frames_are_changed()
    {
        void Set(SpikingResNetTrainer.Options options)
        {
            (options.TimeSteps, options.InputShape) = (null, [3, 2, 8, 4]);
            options.Augmentation = new()
            {
                EventDrop = 0.1, EventNoise = 0.1, PolarityFlip = true, TimeDrop = 0.4, AreaDrop = 0.3, CropPadding = 1, MixupAlpha = 1,
            };
        }
        float[][] expected = AssertResumes(Set);
        foreach (Func<ImageAugmentation, ImageAugmentation> change in (Func<ImageAugmentation, ImageAugmentation>[])
            [one => one with { EventNoise = 0 }, one => one with { PolarityFlip = false }, one => one with { TimeDrop = 0 },
                one => one with { AreaDrop = 0 }])
        {
            Assert.NotEqual(expected, FoldedWeights.Of(Train(options =>
            {
                Set(options);
                options.Augmentation = change(options.Augmentation!);
            })));
        }
    }

    [Fact]
    public void Pixels_of_another_scale_than_RandAugment_was_told_are_refused_before_training()
    {
        Exception e = Assert.Throws<InvalidOperationException>(() => Train(options =>
        {
            options.Augmentation = new() { RandAugment = new() { White = 1 } };
            options.MetricsCallback = _ => Assert.Fail("nothing is to be trained");
        }));
        Assert.Contains("'Features' are from 0 to 255, but RandAugment takes 0 for black and 1 for white", e.Message);
    }

    [Theory]
    [InlineData(-1f)]
    [InlineData(2e7f)]
    public void What_is_no_number_of_events_is_refused_before_training(float value)
    {
        TinyImages.Row[] rows = TinyImages.Rows(2);
        rows[^1].Features[^1] = value;
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        (options.TimeSteps, options.InputShape) = (null, [3, 2, 8, 4]);
        options.Augmentation = new() { EventDrop = 0.5, EventNoise = 0.1 };
        options.MetricsCallback = _ => Assert.Fail("nothing is to be trained");
        Exception e = Assert.Throws<InvalidOperationException>(
            () => TinyImages.Pipeline(_context, options).Fit(_context.Data.LoadFromEnumerable(rows)));
        Assert.Contains("The values of feature column 'Features' are from", e.Message);
        Assert.Contains("but with EventDrop and EventNoise elements stand for numbers of events, 0 to 16777216", e.Message);
    }

    /// <summary>Stops a run after its second epoch, lets it go on, and compares it with one that was not stopped.</summary>
    private float[][] AssertResumes(Action<SpikingResNetTrainer.Options> set)
    {
        float[][] expected = FoldedWeights.Of(Train(set));
        Assert.Throws<OperationCanceledException>(() => Train(options =>
        {
            set(options);
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = metrics => StopAfter(2, metrics);
        }));
        int resumed = 0;
        SpikingNetwork network = Train(options =>
        {
            set(options);
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = _ => resumed++;
        });
        Assert.Equal(2, resumed);
        Assert.Equal(expected, FoldedWeights.Of(network));
        return expected;
    }

    private static void StopAfter(int epoch, TrainingMetrics metrics)
    {
        if (metrics.Epoch == epoch)
            throw new OperationCanceledException();
    }

    private SpikingNetwork Train(Action<SpikingResNetTrainer.Options> set)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 4);
        set(options);
        IDataView rows = _context.Data.LoadFromEnumerable(TinyImages.Rows(12));
        IDataView data = _context.Transforms.Conversion.MapValueToKey("Label", nameof(TinyImages.Row.Name)).Fit(rows).Transform(rows);
        return _context.MulticlassClassification.Trainers.SpikingResNet(options).Fit(data).Model.Network;
    }
}
