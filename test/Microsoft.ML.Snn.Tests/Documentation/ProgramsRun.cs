using System.Globalization;
using System.Xml.Linq;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Interchange.Weights;
using Microsoft.ML.Snn.Tests.Interchange;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Documentation;

/// <summary>Programs change the process's current directory and console: no other test may run meanwhile.</summary>
[CollectionDefinition(nameof(ProgramsRun), DisableParallelization = true)]
public class ProgramsRunAlone : ICollectionFixture<ReadmeProgram>;

/// <summary>The programs of the documentation are run, and do what the pages say.</summary>
[Slow]
[Collection(nameof(ProgramsRun))]
public class ProgramsRun(ReadmeProgram readme)
{
    /// <summary>Programs of which the output depends on a model: so many of a page, each run by a test below.</summary>
    private static readonly Dictionary<string, int> _withModel =
        new() { ["README.md"] = 2, ["docs/engine.md"] = 2, ["docs/events.md"] = 2, ["docs/folding.md"] = 2, ["docs/interchange.md"] = 7 };

    /// <summary>All pages that have programs.</summary>
    public static TheoryData<string> Pages =>
        [.. CodeBlocks.Documents.Select(row => row.Data.Replace('\\', '/')).Where(page => DocumentedProgram.Of(page) is not [])];

    [Fact]
    public void The_READMEs_program_prints_an_accuracy_and_leaves_a_model()
    {
        double accuracy = double.Parse(readme.Output, CultureInfo.InvariantCulture);
        // Of two colors that nobody could mix up.
        Assert.InRange(accuracy, 0.75, 1);

        var context = new MLContext();
        ITransformer model = context.Model.Load(readme.Model, out _);
        IDataView picture = context.Data.LoadFromEnumerable([new Picture { Path = Path.Combine(readme.Folder, "pictures", "red", "0.png") }]);
        Assert.Equal("red", model.Transform(picture).GetColumn<string>("Guess").Single());
    }

    [Fact]
    public void The_READMEs_second_program_names_a_class()
    {
        SpikingNetwork network = Network();
        float[] scores = new float[2];
        network.Score(new float[network.FeatureCount], scores);
        Assert.Equal(network.ClassLabels![Array.IndexOf(scores, scores.Max())], Assert.Single(Run("README.md", program: 1)));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Programs_print_what_their_page_says(string page)
    {
        DocumentedProgram[] programs = DocumentedProgram.Of(page);
        Assert.Equal(_withModel.GetValueOrDefault(page), programs.Count(program => program.Output is null));
        foreach (DocumentedProgram program in programs.Where(program => program.Output is not null))
            Assert.Equal(program.Output, program.Run(readme.Folder));
    }

    [Fact]
    public void The_page_of_events_trains_on_recordings_and_scores_a_stream()
    {
        string[] lines = Run("docs/events.md", program: 1);
        Assert.InRange(double.Parse(lines[0], CultureInfo.InvariantCulture), 0.9, 1);
        // 250 events in slices of 50, of which the next event ends each but the last.
        Assert.InRange(lines.Length, 1 + 4, 1 + 5);
        Assert.All(lines[1..], line => Assert.Matches(@"^after \d slices: [01]\.\d\d [01]\.\d\d$", line));
        // Two classes of recordings, of which the network without ML.NET names one.
        Assert.Contains(Assert.Single(Run("docs/events.md", program: 3)), ReadmeProgram.EventClasses);
    }

    [Fact]
    public void The_READMEs_picture_is_drawn_by_its_program()
    {
        string picture = Path.Combine(readme.Folder, "pictures", "red", "0.png"), drawing = Path.Combine(readme.Folder, "spikes.svg");
        DocumentedProgram.OfFile("docs/spikes.cs").Run(readme.Folder, readme.Model, picture, drawing);
        XElement svg = XElement.Load(drawing);
        string[] texts = [.. svg.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value)];
        Assert.Contains("time step 2", texts);
        Assert.DoesNotContain("time step 3", texts);
        // After each of the two steps.
        Assert.All(ReadmeProgram.Classes, name => Assert.Equal(2, texts.Count(text => text == name)));
        // ResNet-19 x 0.25 has maps of three sizes.
        Assert.Contains("32 x 32 x 32", texts);
        Assert.Contains("128 x 8 x 8", texts);
    }

    [Fact]
    public void The_page_of_folding_tells_of_the_network_in_a_zip()
    {
        string[] lines = Run("docs/folding.md", program: 0);
        SpikingNetwork network = Network();
        Assert.Equal($"{network.ParameterCount} parameters, T = 2, input [3, 32, 32]", lines[0]);
        Assert.Equal($"classes: {string.Join(", ", network.ClassLabels!)}", lines[1]);
        Assert.Equal(ReadmeProgram.Classes, network.ClassLabels!.Order());
    }

    [Fact]
    public void The_page_of_folding_scores_without_a_pipeline()
    {
        SpikingNetwork network = Network();
        float[] scores = new float[2];
        network.Score(new float[network.FeatureCount], scores);
        string name = network.ClassLabels![Array.IndexOf(scores, scores.Max())];
        Assert.Equal($"{name}: {scores.Max():F3}", Assert.Single(Run("docs/folding.md", program: 1)));
    }

    [Fact]
    public void The_page_of_the_engine_shows_scores_spikes_and_energy()
    {
        string[] lines = Run("docs/engine.md", program: 0);
        SpikingNetwork network = Network();
        float[] picture = [.. Enumerable.Range(0, network.FeatureCount).Select(i => (float)(i * 37 % 256))];
        float[] scores = new float[2];
        network.Score(picture, scores);

        Assert.Equal($"step {network.TimeSteps}: {scores[0]:F3} {scores[1]:F3}", lines[network.TimeSteps - 1]);
        string[] layers = [.. lines.Where(line => line.Contains("spikes of", StringComparison.Ordinal))];
        // ResNet-19: the stem, two for each of its eight blocks, and the hidden layer.
        Assert.Equal(18, layers.Length);
        Assert.All(layers, line => Assert.Matches(@"^\S+: \d+ spikes of [1-9]\d* neurons, \d+ additions$", line));
        Assert.Matches(@"^[1-9]\d* nJ; a dense network [1-9]\d* nJ$", lines[^1]);
    }

    [Fact]
    public void The_page_of_the_engine_shows_what_early_exits_save()
    {
        string[] lines = Run("docs/engine.md", program: 1);
        Assert.Equal(4 + 3, lines.Length);
        Assert.All(lines[..4], line => Assert.Matches(@"^\S.*: \d+\.\d %? ?right, [12]\.\d\d steps, [1-9]\d* nJ$", line));
        Assert.All(lines[4..], line => Assert.Matches(@"^[01]\.\d{3} after [12] steps, [1-9]\d* nJ$", line));
    }

    [Fact]
    public void The_page_of_interchange_scores_in_ONNX_Runtime_as_the_engine_does()
    {
        SpikingNetwork network = Network();
        string[] lines = Run("docs/interchange.md", program: 0);
        Assert.Equal(2, lines.Length);
        float[] own = new float[2];
        network.Score([.. Enumerable.Range(0, network.FeatureCount).Select(i => (float)(i * 37 % 256))], own);
        for (int i = 0; i < 2; i++)
            Assert.Matches($@"^{network.ClassLabels![i]}: [01]\.\d{{3}}, the engine {own[i]:F3}$", lines[i]);
        Assert.Equal(network.ClassLabels![own[0] >= own[1] ? 0 : 1], Assert.Single(Run("docs/interchange.md", program: 1)));
        Assert.Equal(network.ClassLabels[own[0] >= own[1] ? 0 : 1], Assert.Single(Run("docs/interchange.md", program: 2)));
        Assert.Equal(network.ClassLabels[own[0] >= own[1] ? 0 : 1], Assert.Single(Run("docs/interchange.md", program: 3)));
    }

    [Fact]
    public void The_page_of_interchange_writes_and_reads_NIR()
    {
        SpikingNetwork network = Network();
        float[] own = new float[2];
        network.Score([.. Enumerable.Range(0, network.FeatureCount).Select(i => (float)(i * 37 % 256))], own);
        Assert.Equal(
            $"{network.ClassLabels![0]}: {own[0]:F3}, the same to the last bit: True", Assert.Single(Run("docs/interchange.md", program: 5)));
        Assert.Equal(network.ClassLabels[own[0] >= own[1] ? 0 : 1], Assert.Single(Run("docs/interchange.md", program: 6)));
    }

    [Fact]
    public void The_page_of_interchange_reads_weights_of_PyTorch_and_writes_tensors()
    {
        SpikingResNetFile.Write(Path.Combine(readme.Folder, "weights.safetensors"), classes: 2);
        string[] lines = Run("docs/interchange.md", program: 4);
        Assert.Equal("conv1.weight -> stem", lines[0]);
        Assert.Contains("layer2.0.downsample.0.weight -> stages.1.0.shortcut", lines);
        Assert.Contains("fc.bias -> head.output", lines);
        SpikingNetwork network = SpikingNetwork.Load(Path.Combine(readme.Folder, "network.zip"));
        Assert.Equal([3, 32, 32], network.InputShape);
        float[] picture = [.. Enumerable.Range(0, network.FeatureCount).Select(i => (float)(i * 37 % 256))];
        Assert.Equal(network.ClassLabels![network.Predict(picture)], lines[^1]);
        using FileStream written = File.OpenRead(Path.Combine(readme.Folder, "network.safetensors"));
        NamedTensor head = SafetensorsFile.Read(written).Single(tensor => tensor.Name == "head.output.weight");
        Assert.Equal(network.ToGraph().Nodes.OfType<LinearNode<float>>().Single().Weights, head.Read!());
    }

    private string[] Run(string page, int program) =>
        DocumentedProgram.Of(page)[program].Run(readme.Folder).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private SpikingNetwork Network()
    {
        var context = new MLContext();
        return context.Model.GetSpikingNetwork(context.Model.Load(readme.Model, out _));
    }

    private sealed class Picture
    {
        public string Path { get; set; } = "";

        public string Name { get; set; } = "";
    }
}
