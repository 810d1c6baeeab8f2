using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Reporting;
using Microsoft.ML.Snn.Training.Running;

namespace Microsoft.ML.Snn;

public sealed partial class SpikingResNetTrainer
{
    /// <summary>What a report tells of a run beside its epochs.</summary>
    private RunFacts Facts(TrainingPlan plan, TrainingData data)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        long? validation = data.ValidationClassCounts?.Sum();
        return new()
        {
            Network = _options.Architecture.Name,
            Epochs = plan.Epochs,
            MaxSpikes = plan.Neuron.MaxSpikes,
            Classes = plan.Reading.Columns.ClassNames,
            TrainingSamples = data.ClassCounts,
            ValidationSamples = data.ValidationClassCounts,
            Options = OptionValue.Differing(_options),
            Run =
            [
                ("network", _options.Architecture.Name),
                ("parameters", plan.Network.ParameterCount.ToString("N0", culture)),
                ("multiply-adds a time step, if dense", plan.Network.MultiplyAddsPerStep.ToString("N0", culture)),
                ("time steps T", plan.TimeSteps.ToString(culture)),
                ("samples", $"{plan.Shape}, {(plan.Reading.Normalizes ? "normalized by channel" : "as they are")}"),
                ("training samples", data.Count.ToString("N0", culture)),
                ("validation samples", validation?.ToString("N0", culture) ?? "none"),
                ("batches an epoch", data.Training.BatchesPerEpoch.ToString("N0", culture)),
                ("seed", plan.Reading.Seeds.Seed.ToString(culture)),
                ("device", plan.Device.ToString()),
                ("precision", plan.Precision.ToString()),
            ],
            Machine =
            [
                ("processor", TrainingMachine.Describe()),
                ("memory", string.Create(culture, $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30):0.0} GiB")),
                ("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}"),
                ("runtime", RuntimeInformation.FrameworkDescription),
                ("Microsoft.ML.Snn", Assembly.GetName().Version?.ToString(3) ?? "unknown"),
                ("Microsoft.ML", Version("MicrosoftMLVersion")),
                ("TorchSharp", $"{Version("TorchSharpVersion")}, for libtorch {Version("LibtorchVersion")}"),
            ],
        };
    }

    private static Assembly Assembly => typeof(SpikingResNetTrainer).Assembly;

    /// <summary>That of a package which this library was built against.</summary>
    private static string Version(string key) => Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(attribute => attribute.Key == key)?.Value ?? "unknown";
}
