using Microsoft.ML.Snn.Tests.Training;

namespace Microsoft.ML.Snn.Tests.Events;

public class EventAugmentationTests
{
    public static TheoryData<ImageAugmentation, string> OfEvents => new()
    {
        { new() { EventDrop = 0.2 }, nameof(ImageAugmentation.EventDrop) },
        { new() { SpatialJitter = 0.5 }, nameof(ImageAugmentation.SpatialJitter) },
        { new() { TimeJitter = 0.5 }, nameof(ImageAugmentation.TimeJitter) },
    };

    [Theory]
    [MemberData(nameof(OfEvents), DisableDiscoveryEnumeration = true)]
    public void Changing_events_of_images_is_refused_by_name_before_training(ImageAugmentation augmentation, string named)
    {
        var context = new MLContext(seed: 1);
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.Augmentation = augmentation;
        options.MetricsCallback = _ => Assert.Fail("An epoch was trained.");
        IDataView images = TinyImages.View(context, perClass: 2);
        ArgumentException e = Assert.ThrowsAny<ArgumentException>(() => TinyImages.Pipeline(context, options).Fit(images));
        Assert.Contains(named, e.Message);
        Assert.Contains("[3, 8, 8]", e.Message);
    }
}
