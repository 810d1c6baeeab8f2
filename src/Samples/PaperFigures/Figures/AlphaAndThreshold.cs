using Microsoft.ML.Snn;
using OxyPlot.Axes;
using PaperFigures.Measurements;
using PaperFigures.Networks;
using PaperFigures.Plots;
using PaperFigures.Results;
using PaperFigures.Theory;
using static PaperFigures.Results.NumberText;

namespace PaperFigures.Figures;

/// <summary>What tdBN's alpha and the threshold do to firing, gradients and training.</summary>
internal sealed class AlphaAndThreshold : IFigure
{
    private static readonly double[] _thresholds = [0.25, 0.5, 1, 2];
    private static readonly double[] _alphas = [0.5, NetworkSpecification.PaperAlpha, 1];

    public char Letter => 'd';

    public string Name => "alpha-and-threshold";

    public string Title => "tdBN's alpha, and the threshold";

    public FigureResult Make(Study study)
    {
        bool isTrained = study.Sizes.Epochs > 0;
        Arm[] unit = [.. _thresholds.Select(threshold => Threshold(study, threshold, 1, isTrained))];
        Arm[] wide = [.. _thresholds.Select(threshold => Threshold(study, threshold, 2 * threshold, isTrained: false))];
        Arm[] alphas = [.. _alphas.Select(alpha => Alpha(study, alpha, isTrained))];
        var data = new Table(
        [
            "arm", "threshold", "surrogate_width", "alpha", .. Spread.Columns("loss"), .. Spread.Columns("firing_rate"),
            .. Spread.Columns("gradient_ratio"), .. Spread.Columns("accuracy"),
        ]);
        var numbers = new Table(
            "network", "firing rate, untrained", "theory", "gradient, first layer / last", "theory at decay 0", "accuracy");
        foreach (Arm arm in (IEnumerable<Arm>)[.. unit, .. wide, .. alphas])
        {
            data.Add(arm.Name, arm.Threshold, arm.Width, arm.Alpha, arm.Loss, arm.Rate, arm.Ratio, arm.Accuracy);
            numbers.Add(
                arm.Name, arm.Rate.ToString(Percent), Percent(arm.TheoryRate), arm.Ratio.ToString(Short),
                double.IsNaN(arm.TheoryRatio) ? "-" : Short(arm.TheoryRatio),
                double.IsNaN(arm.Accuracy.Mean) ? "-" : arm.Accuracy.ToString(Percent));
        }
        double difference = unit.Concat(wide).Max(arm => Math.Abs(arm.Loss.Mean - unit[1].Loss.Mean));
        return new()
        {
            Panels = [ThresholdPanel(unit, wide), RatePanel(alphas), .. isTrained ? (Panel[])[AccuracyPanel(unit, alphas)] : []],
            Columns = isTrained ? 3 : 2,
            Data = data,
            Method = $"{study.Sizes.Depth} layers, T = {Study.TimeSteps}, decay 0.25. Thresholds: the plain network. Alpha: the paper's "
                + "basic block, alpha on both of its branches. " + (isTrained
                    ? $"Accuracy on {study.Pictures.Test.Count} held-out pictures after {study.Sizes.Epochs} epochs of "
                        + $"{study.Pictures.Train.Count} (stochastic gradient descent, rate 0.05 on a cosine)."
                    : "Nothing is trained (--quick)."),
            Claim = "tdBN scales currents by alpha Vth, so that firing and gradients stay balanced; alpha is 1 / sqrt(2) on the two "
                + "branches of a block.",
            Numbers = numbers,
            Seen = Judge(unit, alphas, difference, isTrained),
        };
    }

    private static Arm Threshold(Study study, double threshold, double width, bool isTrained)
    {
        (_, _, double second) = PotentialTheory.SecondStep(new LifNeuronOptions().Decay);
        double phi = GradientTheory.Phi(threshold, threshold, width);
        return Measure(
            study, $"Vth = {threshold}, a = {width}", SpikingBlockKind.Plain, new() { Threshold = threshold, SurrogateWidth = width },
            double.NaN, isTrained) with
        {
            TheoryRate = (NormalDistribution.Above(1) + second) / 2,
            TheoryRatio = GradientTheory.NormRatio(phi, study.Sizes.Depth - 2),
        };
    }

    private static Arm Alpha(Study study, double alpha, bool isTrained) =>
        Measure(study, $"alpha = {Short(alpha)}", SpikingBlockKind.Basic, new(), alpha, isTrained) with
        {
            TheoryRate = ShortcutTheory.StationaryRate(alpha), TheoryRatio = double.NaN,
        };

    private static Arm Measure(
        Study study, string name, SpikingBlockKind block, LifNeuronOptions neuron, double alpha, bool isTrained)
    {
        var network = new NetworkSpecification
        {
            Architecture = NetworkSpecification.OfDepth(study.Sizes.Depth, study.Sizes.Width, block),
            Size = study.Pictures.Train.Size, Neuron = neuron,
            BranchAlpha = double.IsNaN(alpha) ? NetworkSpecification.PaperAlpha : alpha,
        };
        List<IReadOnlyList<TableRow>> seeds = [.. study.Seeds.Select(seed => study.Start(network, seed).Rows)];
        // Every second layer of a basic block is inside it; what a block gives is what alpha is about.
        int stride = block == SpikingBlockKind.Basic ? 2 : 1;
        return new()
        {
            Name = name,
            Threshold = neuron.Threshold,
            Width = neuron.SurrogateWidth,
            Alpha = alpha,
            Loss = Spread.Of(seeds.Select(rows => rows[0].Number("loss"))),
            Rate = Spread.Of(seeds.Select(rows => rows.Where((_, i) => (i + 1) % stride == 0).Average(row => row.Number("firing_rate")))),
            Ratio = Spread.OfRatios(seeds.Select(rows => rows[0].Number("current_gradient") / rows[^1].Number("current_gradient"))),
            Accuracy = isTrained
                ? Spread.Of(study.Seeds.Select(seed => study.Train(network, seed).Rows[^1].Number("accuracy")))
                : Spread.None,
        };
    }

    private static Panel ThresholdPanel(Arm[] unit, Arm[] wide)
    {
        var panel = new Panel(
            "Plain network, untrained", Panel.Logarithmic(AxisPosition.Bottom, "Threshold Vth", 0.2, 2.5),
            Panel.Logarithmic(AxisPosition.Left, "Norm of dL/dx, first layer / last"));
        panel.AddCurve("a = 1", CurveStyle.Of(0), [.. unit.Select(arm => (arm.Threshold, arm.Ratio))]);
        panel.AddCurve("a = 2 Vth", CurveStyle.Of(2), [.. wide.Select(arm => (arm.Threshold, arm.Ratio))]);
        panel.AddLine("theory", CurveStyle.Theory, unit.Select(arm => (arm.Threshold, arm.TheoryRatio)));
        panel.AddLine(null, CurveStyle.Theory, wide.Select(arm => (arm.Threshold, arm.TheoryRatio)));
        return panel;
    }

    private static Panel RatePanel(Arm[] alphas)
    {
        var panel = new Panel(
            "Basic blocks, untrained", Panel.Names("alpha", [.. alphas.Select(arm => Short(arm.Alpha))]),
            Panel.Linear(AxisPosition.Left, "Firing rate of blocks (%)", 0));
        panel.AddBars([("measured", [.. alphas.Select(arm => arm.Rate.InPercent)])]);
        for (int i = 0; i < alphas.Length; i++)
            panel.AddTheory(i, 100 * alphas[i].TheoryRate, i == 0 ? "theory, settled" : null);
        return panel;
    }

    private static Panel AccuracyPanel(Arm[] unit, Arm[] alphas)
    {
        Arm[] arms = [.. unit, .. alphas];
        var panel = new Panel(
            "After training", Panel.Names(
                "Plain by Vth (a = 1), basic by alpha",
                [.. unit.Select(arm => $"Vth {arm.Threshold}"), .. alphas.Select(arm => $"α {Short(arm.Alpha)}")]),
            Panel.Linear(AxisPosition.Left, "Held-out accuracy (%)", 0));
        panel.AddBars([("mean of the seeds", [.. arms.Select(arm => arm.Accuracy.InPercent)])]);
        return panel;
    }

    private static string Judge(Arm[] unit, Arm[] alphas, double difference, bool isTrained)
    {
        bool isInvariant = difference < 1e-3, isAlpha = alphas.All(arm => Math.Abs(arm.Rate.Mean / arm.TheoryRate - 1) < 0.15);
        Arm best = alphas.MaxBy(arm => arm.Accuracy.Mean)!, paper = alphas[1];
        bool isBest = !isTrained || best.Accuracy.Mean - paper.Accuracy.Mean < 0.02;
        string verdict = !isInvariant || !isAlpha ? "Not seen" : isBest ? "Seen" : "Seen in part";
        string text = $"{verdict}: an untrained network does the same whatever the threshold "
            + $"(largest difference of the loss {Short(difference)}; 0 is exact), and block rates of {alphas[0].Rate.ToString(Percent)}, "
            + $"{alphas[1].Rate.ToString(Percent)} and {alphas[2].Rate.ToString(Percent)} stand beside theory's "
            + $"{Percent(alphas[0].TheoryRate)}, {Percent(alphas[1].TheoryRate)} and {Percent(alphas[2].TheoryRate)}. "
            + $"Gradients do depend on it, by a / Vth: with a = 1 the first layer's is {Short(unit[0].Ratio.Mean)} times the last's "
            + $"at Vth = {unit[0].Threshold}, and {Short(unit[^1].Ratio.Mean)} times at {unit[^1].Threshold}.";
        if (!isTrained)
            return text;
        return text + $" After training alpha = {Short(best.Alpha)} is ahead with {Percent(best.Accuracy.Mean)}; the paper's 0.707 has "
            + $"{Percent(paper.Accuracy.Mean)}, and differences of less than two points are noise.";
    }

    /// <summary>A network with one threshold, window and alpha.</summary>
    private sealed record Arm
    {
        public required string Name { get; init; }

        public required double Threshold { get; init; }

        public required double Width { get; init; }

        public required double Alpha { get; init; }

        public required Spread Loss { get; init; }

        /// <summary>Of all layers; of a basic network, of what its blocks give.</summary>
        public required Spread Rate { get; init; }

        public required Spread Ratio { get; init; }

        public required Spread Accuracy { get; init; }

        public double TheoryRate { get; init; }

        public double TheoryRatio { get; init; }
    }
}
