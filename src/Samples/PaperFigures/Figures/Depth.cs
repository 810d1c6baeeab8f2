using Microsoft.ML.Snn;
using OxyPlot.Axes;
using PaperFigures.Measurements;
using PaperFigures.Networks;
using PaperFigures.Plots;
using PaperFigures.Results;
using PaperFigures.Theory;
using static PaperFigures.Results.NumberText;

namespace PaperFigures.Figures;

/// <summary>Deeper networks: without shortcuts, with the paper's, and with shortcuts that add spikes as they are.</summary>
internal sealed class Depth : IFigure
{
    private static readonly (string Name, SpikingBlockKind Block, bool HasRawIdentity)[] _kinds =
    [
        ("plain", SpikingBlockKind.Plain, false),
        ("tdBN on every shortcut", SpikingBlockKind.Basic, false),
        ("identity without tdBN", SpikingBlockKind.Basic, true),
    ];

    public char Letter => 'e';

    public string Name => "depth";

    public string Title => "Depth and shortcuts";

    public FigureResult Make(Study study)
    {
        bool isTrained = study.Sizes.Epochs > 0;
        Point[] points = [.. _kinds.SelectMany(kind => study.Sizes.Depths.Select(depth => Measure(study, kind, depth, isTrained)))];
        var data = new Table(
        [
            "network", "depth", .. Spread.Columns("last_rate"), "last_rate_theory", .. Spread.Columns("gradient_ratio"),
            .. Spread.Columns("accuracy"), "training_loss",
        ]);
        var numbers = new Table(
            "network", "layers", "firing rate of the last layer, untrained", "theory", "gradient, first layer / last", "theory at decay 0",
            "accuracy");
        foreach (Point point in points)
        {
            data.Add(point.Kind, point.Depth, point.Rate, point.TheoryRate, point.Ratio, point.Accuracy, point.Loss);
            numbers.Add(
                point.Kind, point.Depth, point.Rate.ToString(Percent), Percent(point.TheoryRate),
                point.Ratio.ToString(Short), double.IsNaN(point.TheoryRatio) ? "-" : Short(point.TheoryRatio),
                double.IsNaN(point.Accuracy.Mean) ? "-" : point.Accuracy.ToString(Percent));
        }
        return new()
        {
            Panels = [RatePanel(points), RatioPanel(points), .. isTrained ? (Panel[])[AccuracyPanel(points)] : []],
            Columns = isTrained ? 3 : 2,
            Data = data,
            Method = $"3x3 convolutions in three stages, T = {Study.TimeSteps}, decay 0.25. " + (isTrained
                ? $"Accuracy on {study.Pictures.Test.Count} held-out pictures after {study.Sizes.Epochs} epochs of "
                    + $"{study.Pictures.Train.Count} (stochastic gradient descent, rate 0.05 on a cosine), for some of the depths."
                : "Nothing is trained (--quick)."),
            Claim = "tdBN lets spiking networks be trained directly at depths above 50 layers; it stands on every shortcut, so that firing "
                + "stays balanced.",
            Numbers = numbers,
            Seen = Judge(points, isTrained),
        };
    }

    private static Point Measure(Study study, (string Name, SpikingBlockKind Block, bool HasRawIdentity) kind, int depth, bool isTrained)
    {
        var network = new NetworkSpecification
        {
            Architecture = NetworkSpecification.OfDepth(depth, study.Sizes.Width, kind.Block),
            Size = study.Pictures.Train.Size, HasRawIdentity = kind.HasRawIdentity,
        };
        LifNeuronOptions neuron = network.Neuron;
        List<IReadOnlyList<TableRow>> seeds = [.. study.Seeds.Select(seed => study.Start(network, seed).Rows)];
        bool isThisTrained = isTrained && study.Sizes.TrainedDepths.Contains(depth);
        TableRow[] trained = isThisTrained ? [.. study.Seeds.Select(seed => study.Train(network, seed).Rows[^1])] : [];
        double phi = GradientTheory.Phi(neuron.Threshold, neuron.Threshold, neuron.SurrogateWidth);
        (_, _, double second) = PotentialTheory.SecondStep(neuron.Decay);
        return new()
        {
            Kind = kind.Name,
            Depth = depth,
            Rate = Spread.Of(seeds.Select(rows => rows[^1].Number("firing_rate"))),
            Ratio = Spread.OfRatios(seeds.Select(rows => rows[0].Number("current_gradient") / rows[^1].Number("current_gradient"))),
            Accuracy = isThisTrained ? Spread.Of(trained.Select(row => row.Number("accuracy"))) : Spread.None,
            Loss = isThisTrained ? trained.Average(row => row.Number("loss")) : double.NaN,
            TheoryRate = kind.HasRawIdentity ? ShortcutTheory.RawIdentityRate((depth - 2) / 6, network.BranchAlpha, neuron.Threshold)
                : kind.Block == SpikingBlockKind.Basic ? ShortcutTheory.StationaryRate(network.BranchAlpha)
                : (NormalDistribution.Above(1) + second) / 2,
            TheoryRatio = kind.Block == SpikingBlockKind.Plain ? GradientTheory.NormRatio(phi, depth - 2) : double.NaN,
        };
    }

    private static Panel RatePanel(Point[] points)
    {
        Panel panel = New("Untrained", Panel.Linear(AxisPosition.Left, "Firing rate of the last layer (%)", 0));
        AddAll(panel, points, point => point.Rate.InPercent);
        foreach (string kind in points.Select(point => point.Kind).Distinct())
        {
            panel.AddLine(kind == points[0].Kind ? "theory" : null, CurveStyle.Theory,
                points.Where(point => point.Kind == kind).Select(point => ((double)point.Depth, 100 * point.TheoryRate)));
        }
        return panel;
    }

    private static Panel RatioPanel(Point[] points)
    {
        Panel panel = New("Untrained", Panel.Logarithmic(AxisPosition.Left, "Norm of dL/dx, first layer / last"));
        AddAll(panel, points, point => point.Ratio);
        panel.AddLine("theory, plain, decay 0", CurveStyle.Theory,
            points.Where(point => !double.IsNaN(point.TheoryRatio)).Select(point => ((double)point.Depth, point.TheoryRatio)));
        return panel;
    }

    private static Panel AccuracyPanel(Point[] points)
    {
        Panel panel = New("After training", Panel.Linear(AxisPosition.Left, "Held-out accuracy (%)", 0));
        AddAll(panel, [.. points.Where(point => !double.IsNaN(point.Accuracy.Mean))], point => point.Accuracy.InPercent);
        return panel;
    }

    private static Panel New(string title, Axis y) => new(title, Panel.Linear(AxisPosition.Bottom, "Layers", 0), y);

    private static void AddAll(Panel panel, Point[] points, Func<Point, Spread> value)
    {
        int style = 0;
        foreach (IGrouping<string, Point> kind in points.GroupBy(point => point.Kind))
            panel.AddCurve(kind.Key, CurveStyle.Of(style++), [.. kind.Select(point => ((double)point.Depth, value(point)))]);
    }

    private static string Judge(Point[] points, bool isTrained)
    {
        Point Deepest(string kind) => points.Last(point => point.Kind == kind);
        (Point plain, Point normalized, Point raw) = (Deepest(_kinds[0].Name), Deepest(_kinds[1].Name), Deepest(_kinds[2].Name));
        bool isBalanced = Math.Abs(normalized.Rate.Mean - normalized.TheoryRate) < 0.02 && raw.Rate.Mean > normalized.Rate.Mean + 0.05;
        string verdict = !isBalanced ? "Not seen" : isTrained && Trained(_kinds[1].Name).Accuracy.Mean > 0.2 ? "Seen" : "Seen in part";
        string text = $"{verdict}: at {plain.Depth} layers the last layer fires at {Percent(normalized.Rate.Mean)} with tdBN on every "
            + $"shortcut, whatever the depth, and at {Percent(raw.Rate.Mean)} where spikes are added as they are. At the start "
            + $"shortcuts keep gradients {(normalized.Ratio.Mean < plain.Ratio.Mean ? "no larger" : "larger")} than a plain network does "
            + $"(first layer / last {Short(normalized.Ratio.Mean)} against {Short(plain.Ratio.Mean)}).";
        if (!isTrained)
            return text;
        (plain, normalized, raw) = (Trained(_kinds[0].Name), Trained(_kinds[1].Name), Trained(_kinds[2].Name));
        return text + $" After this short training, {plain.Depth} layers reach {Percent(plain.Accuracy.Mean)} plain, "
            + $"{Percent(normalized.Accuracy.Mean)} with tdBN on every shortcut and {Percent(raw.Accuracy.Mean)} with raw "
            + "identities; differences of less than two points are noise.";

        Point Trained(string kind) => points.Last(point => point.Kind == kind && !double.IsNaN(point.Accuracy.Mean));
    }

    /// <summary>Networks of one kind and depth.</summary>
    private sealed record Point
    {
        public required string Kind { get; init; }

        public required int Depth { get; init; }

        public required Spread Rate { get; init; }

        public required Spread Ratio { get; init; }

        public required Spread Accuracy { get; init; }

        public required double Loss { get; init; }

        public required double TheoryRate { get; init; }

        public required double TheoryRatio { get; init; }
    }
}
