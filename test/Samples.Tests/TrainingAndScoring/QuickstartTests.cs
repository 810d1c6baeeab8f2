using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Tests.Package;
using Microsoft.ML.Snn.Tests.Speed;

namespace Samples.Tests.TrainingAndScoring;

/// <summary>Quickstart as a user runs it, at its full size.</summary>
[Slow]
public sealed partial class QuickstartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("snnml-quickstart-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_learns_the_shapes_and_leaves_a_model_that_loads()
    {
        string output = await ChildProcess.RunAsync(
            _folder, "dotnet", new Dictionary<string, string> { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1" },
            Path.Combine(Sample.Folder("Quickstart"), "Quickstart.dll"));
        Match accuracy = Accuracy().Match(output);
        Assert.True(accuracy.Success, output);
        // Chance is 10 %, a linear model on these pictures knows 40 %.
        Assert.InRange(double.Parse(accuracy.Groups[1].Value, CultureInfo.InvariantCulture), 80, 100);
        Assert.Matches(@"star.0000\.png: \w+, with a probability of \d", output);

        string zip = Path.Combine(_folder, "artifacts", "Quickstart", "model.zip");
        var context = new MLContext();
        context.Model.Verify(zip);
        SpikingNetwork network = context.Model.GetSpikingNetwork(context.Model.Load(zip, out _));
        Assert.Equal(10, network.ClassCount);
    }

    [GeneratedRegex(@"^([\d.]+) % of the pictures that it has not seen", RegexOptions.Multiline)]
    private static partial Regex Accuracy();
}
