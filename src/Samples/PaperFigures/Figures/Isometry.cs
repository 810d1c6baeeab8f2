using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Training.Diagnostics;
using OxyPlot.Axes;
using PaperFigures.Measurements;
using PaperFigures.Networks;
using PaperFigures.Plots;
using PaperFigures.Results;
using PaperFigures.Theory;
using static PaperFigures.Results.NumberText;
using TorchSharp;
using static TorchSharp.torch;

namespace PaperFigures.Figures;

/// <summary>The paper's Theorem 1: block dynamical isometry behind tdBN, of the product's own network.</summary>
internal sealed class Isometry : IFigure
{
    // What counts as about the same.
    private const double _error = 0.1;
    // Of the axes.
    private const double _highestPhi = 2.6;
    private static readonly double[] _decays = [0, 0.25, 0.5];
    private static readonly (double Threshold, double Width)[] _neurons = [(0.5, 1), (0.5, 0.9), (1, 1)];

    public char Letter => 'b';

    public string Name => "isometry";

    public string Title => "Block dynamical isometry";

    public FigureResult Make(Study study)
    {
        List<Setting> settings = [.. _neurons.SelectMany(neuron => _decays.Select(decay => Measure(study, neuron, decay)))];
        var data = new Table(["threshold", "surrogate_width", "decay", "block", .. Spread.Columns("phi"), "theory"]);
        var numbers = new Table(
            "Vth, a", "decay", "phi, geometric mean (lowest and highest block)", "theory at decay 0", "varphi", "E[x²] / Vth², in and out");
        foreach (Setting setting in settings)
        {
            for (int block = 0; block < setting.Blocks.Length; block++)
                data.Add(setting.Threshold, setting.Width, setting.Decay, block + 1, setting.Blocks[block], setting.Theory);
            numbers.Add(
                setting.Label, setting.Decay,
                $"{Short(setting.Mean.Mean)} ({Short(setting.Blocks.Min(phi => phi.Mean))} to "
                + $"{Short(setting.Blocks.Max(phi => phi.Mean))})",
                Short(setting.Theory), Short(setting.Varphi),
                $"{Short(setting.MomentIn)}, {Short(setting.MomentOut)}");
        }
        Setting[] undecayed = [.. settings.Where(setting => setting.Decay == 0)];
        double error = undecayed.Max(setting => Math.Abs(setting.Mean.Mean / setting.Theory - 1));
        double smallest = settings.Min(setting => setting.Varphi);
        return new()
        {
            Panels = [BlockPanel(undecayed), MeanPanel(settings)],
            Columns = 2,
            Data = data,
            Method = $"The product's plain network of {study.Sizes.Depth} layers, untrained: {settings[0].Blocks.Length} blocks from one "
                + $"tdBN to the next, each measured with {study.Sizes.IsometryVectors} random vectors that are sent back through it; "
                + $"{study.Sizes.BatchSize} pictures, T = {Study.TimeSteps}, statistics held constant.",
            Claim = "Theorem 1: with tdBN and without leak, phi(JJᵀ) = 1 and varphi(JJᵀ) = 0 about, wherever currents have the second "
                + "moment Vth².",
            Numbers = numbers,
            Seen = Judge(error, smallest),
            Metrics = new Dictionary<string, double> { ["isometry_error"] = error },
        };
    }

    private static string Judge(double error, double varphi) =>
        (error <= _error ? $"Seen in part: phi is what theory says, within {Percent(error)} without leak"
            : $"Not seen: phi differs from theory by up to {Percent(error)} without leak")
        + ", where currents have the second moment that the theorem asks for. phi depends on a / Vth alone: 1 needs about a = 0.9 for "
        + "Vth = 0.5. " + (varphi > _error ? $"And varphi is not about 0, but {Short(varphi)} or more: the second condition does not hold."
            : $"And varphi is {Short(varphi)} or more.");

    private static Setting Measure(Study study, (double Threshold, double Width) neuron, double decay)
    {
        var options = new LifNeuronOptions { Threshold = neuron.Threshold, SurrogateWidth = neuron.Width, Decay = decay };
        var network = new NetworkSpecification
        {
            Architecture = NetworkSpecification.OfDepth(study.Sizes.Depth, study.Sizes.Width, SpikingBlockKind.Plain),
            Size = study.Pictures.Train.Size, Neuron = options,
        };
        List<IReadOnlyList<TableRow>> seeds =
        [
            .. study.Seeds.Select(seed => study.Keep(
                $"isometry Vth {neuron.Threshold} a {neuron.Width} decay {decay} seed {seed}",
                $"{network.Key} T {Study.TimeSteps} vectors {study.Sizes.IsometryVectors}", () => Measure(study, network, seed)).Rows),
        ];
        int blocks = seeds[0].Count;
        return new()
        {
            Threshold = neuron.Threshold,
            Width = neuron.Width,
            Decay = decay,
            Blocks = [.. Enumerable.Range(0, blocks).Select(block => Spread.Of(seeds.Select(rows => rows[block].Number("phi"))))],
            Mean = Spread.OfRatios(seeds.Select(rows => Math.Exp(rows.Average(row => Math.Log(row.Number("phi")))))),
            Varphi = seeds.Average(rows => rows.Average(row => row.Number("varphi"))),
            MomentIn = seeds.Average(rows => rows.Average(row => row.Number("moment_in"))),
            MomentOut = seeds.Average(rows => rows.Average(row => row.Number("moment_out"))),
            Theory = GradientTheory.Phi(neuron.Threshold, neuron.Threshold, neuron.Width),
        };
    }

    private static Table Measure(Study study, NetworkSpecification specification, int seed)
    {
        using DisposeScope scope = NewDisposeScope();
        var table = new Table("block", "source", "name", "phi", "standard_error", "varphi", "moment_in", "moment_out");
        var meter = new LayerMeter { KeepsCurrents = true };
        using var network = new ProductNetwork(specification.Plan(), specification.Neuron, seed, meter);
        (Tensor images, _) = study.Pictures.Train.Batch(study.FirstBatch(seed));
        network.Forward(images, Study.TimeSteps, training: true);
        IReadOnlyDictionary<string, Tensor> currents = meter.TakeCurrents();
        try
        {
            var isometry = new IsometryMeter(specification.Neuron, Study.TimeSteps, study.Sizes.IsometryVectors, seed);
            foreach (BlockIsometry block in isometry.Measure(network.Branches, currents))
            {
                table.Add(
                    table.Rows.Count + 1, block.Source, block.Name, block.Phi, block.StandardError, block.Spread, block.InputSecondMoment,
                    block.OutputSecondMoment);
            }
        }
        finally
        {
            foreach (Tensor current in currents.Values)
                current.Dispose();
        }
        return table;
    }

    private static Panel BlockPanel(Setting[] settings)
    {
        var panel = new Panel(
            "Each block, decay 0", Panel.Linear(AxisPosition.Bottom, "Block, from the input", 0),
            Panel.Linear(AxisPosition.Left, "phi(JJᵀ)", 0, _highestPhi));
        for (int i = 0; i < settings.Length; i++)
        {
            panel.AddCurve(settings[i].Label, CurveStyle.Of(i), [.. settings[i].Blocks.Select((phi, block) => (block + 1.0, phi))]);
            panel.AddLine(i == 0 ? "theory" : null, CurveStyle.Theory,
                [(0, settings[i].Theory), (settings[i].Blocks.Length + 1, settings[i].Theory)]);
        }
        return panel;
    }

    private static Panel MeanPanel(List<Setting> settings)
    {
        string[] names = [.. settings.Select(setting => setting.Label).Distinct()];
        var panel = new Panel(
            "All blocks, geometric mean", Panel.Names("Neurons", names), Panel.Linear(AxisPosition.Left, "phi(JJᵀ)", 0, _highestPhi));
        panel.AddBars(
        [
            .. _decays.Select(decay => ($"decay {decay}",
                (IReadOnlyList<Spread>)[.. settings.Where(setting => setting.Decay == decay).Select(setting => setting.Mean)])),
        ]);
        for (int i = 0; i < names.Length; i++)
            panel.AddTheory(i, settings.First(setting => setting.Label == names[i]).Theory, i == 0 ? "theory, decay 0" : null);
        return panel;
    }

    /// <summary>The blocks of a network with one kind of neurons.</summary>
    private sealed record Setting
    {
        public required double Threshold { get; init; }

        public required double Width { get; init; }

        public required double Decay { get; init; }

        public required Spread[] Blocks { get; init; }

        public required Spread Mean { get; init; }

        public required double Varphi { get; init; }

        public required double MomentIn { get; init; }

        public required double MomentOut { get; init; }

        public required double Theory { get; init; }

        public string Label => $"Vth = {Threshold}, a = {Width}";
    }
}
