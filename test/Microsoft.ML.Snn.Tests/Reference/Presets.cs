using Microsoft.ML.Snn.Network;

namespace Microsoft.ML.Snn.Tests.Reference;

/// <summary>Every preset at a width that a test can afford, and heads of windows, with both kinds of input.</summary>
internal static class Presets
{
    public static TheoryData<string, bool> All => new(
        from name in (string[])
        [
            "ResNet17", "ResNet18", "ResNet19", "ResNet34", "ResNet34Large", "ResNet50", "Plain",
            "ResNet17Flat", "ResNet19Windows", "PlainWindows",
        ]
        from inputHasTimeSteps in new[] { false, true }
        select (name, inputHasTimeSteps));

    public static TrainedNetwork Trained(string name, bool inputHasTimeSteps)
    {
        SpikingResNetArchitecture architecture = name switch
        {
            "ResNet17" => SpikingResNetArchitecture.ResNet17.WithWidth(0.2),
            "ResNet18" => SpikingResNetArchitecture.ResNet18.WithWidth(0.2),
            "ResNet19" => SpikingResNetArchitecture.ResNet19.WithWidth(0.1),
            "ResNet34" => SpikingResNetArchitecture.ResNet34.WithWidth(0.15),
            "ResNet34Large" => SpikingResNetArchitecture.ResNet34Large.WithWidth(0.1),
            "ResNet50" => SpikingResNetArchitecture.ResNet50.WithWidth(0.15),
            // Maps of 2x2 pixels, without pooling; of 4x4, the head of copies of the paper's table; of 6x6, without a hidden layer.
            "ResNet17Flat" => SpikingResNetArchitecture.ResNet17.WithWidth(0.2) with { HeadPooling = 1 },
            "ResNet19Windows" => SpikingResNetArchitecture.ResNet19.WithWidth(0.1) with { HeadPooling = 2, HiddenNormalization = false },
            "PlainWindows" => new()
            {
                Stem = new(12, 5), Stages = [new(2, 10), new(1, 20, 2)], Block = SpikingBlockKind.Plain, HeadPooling = 2,
            },
            _ => new() { Stem = new(12, 5), Stages = [new(2, 10), new(1, 20, 3)], Block = SpikingBlockKind.Plain },
        };
        int size = name switch
        {
            "ResNet17Flat" or "ResNet19Windows" => 16,
            "PlainWindows" => 12,
            _ => name.StartsWith("ResNet1", StringComparison.Ordinal) ? 18 : 33,
        };
        return RandomNetworks.Trained(architecture, inputHasTimeSteps ? 2 : 3, size, timeSteps: 3, inputHasTimeSteps);
    }
}
