using Microsoft.ML.Snn.Tests.Training;

namespace Microsoft.ML.Snn.Tests.Events;

public class EventAugmentationTests
{
    [Fact]
    public void Dropping_events_of_images_is_refused_by_name_before_training()
    {
        var context = new MLContext(seed: 1);
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.Augmentation = new() { EventDrop = 0.2 };
        options.MetricsCallback = _ => Assert.Fail("An epoch was trained.");
        IDataView images = TinyImages.View(context, perClass: 2);
        ArgumentException e = Assert.ThrowsAny<ArgumentException>(() => TinyImages.Pipeline(context, options).Fit(images));
        Assert.Contains(nameof(ImageAugmentation.EventDrop), e.Message);
        Assert.Contains("[3, 8, 8]", e.Message);
    }
}
