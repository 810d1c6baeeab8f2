using Microsoft.ML.Snn;
using OxyPlot.Axes;
using PaperFigures.Measurements;
using PaperFigures.Networks;
using PaperFigures.Plots;
using PaperFigures.Results;
using PaperFigures.Theory;
using static PaperFigures.Results.NumberText;

namespace PaperFigures.Figures;

/// <summary>The paper's Fig. 2: norms of gradients from layer to layer, with and without normalization.</summary>
internal sealed class GradientNorms : IFigure
{
    private static readonly double[] _decays = [0, 0.25, 0.5];

    private static readonly (string Name, Normalization Normalization, WeightInitialization Initialization)[] _variants =
    [
        ("tdBN", Normalization.ThresholdDependent, WeightInitialization.Kaiming),
        ("batch normalization", Normalization.Batch, WeightInitialization.Kaiming),
        ("no normalization", Normalization.None, WeightInitialization.Kaiming),
        ("no normalization, PyTorch's weights", Normalization.None, WeightInitialization.PyTorchDefault),
    ];

    public char Letter => 'a';

    public string Name => "gradient-norms";

    public string Title => "Gradient norms from layer to layer";

    public FigureResult Make(Study study)
    {
        List<Curve> curves = [.. _variants.SelectMany(variant => _decays.Select(decay => Measure(study, variant, decay)))];
        var data = new Table(
        [
            "variant", "decay", "layer", .. Spread.Columns("current_gradient"), .. Spread.Columns("weight_gradient"), "firing_rate",
        ]);
        var numbers = new Table("network", "decay", "first layer / last, first step", "theory at decay 0", "firing rates of the layers");
        foreach (Curve curve in curves)
        {
            for (int layer = 0; layer < curve.Layers; layer++)
                data.Add(curve.Variant, curve.Decay, layer + 1, curve.Currents[layer], curve.Weights[layer], curve.Rates[layer]);
            numbers.Add(
                curve.Variant, curve.Decay, curve.IsSilent ? "no gradient" : curve.Ratio.ToString(Short), Theory(curve),
                $"{Percent(curve.Rates.Min())} to {Percent(curve.Rates.Max())}");
        }
        double normalized = Farthest(curves, _variants[0].Name), plain = Farthest(curves, _variants[1].Name);
        return new()
        {
            Panels = [.. Panels(curves)],
            Columns = 3,
            Data = data,
            Method = $"The plain network of {study.Sizes.Depth} layers; mean over {study.Sizes.Steps} training steps (stochastic gradient "
                + "descent, rate 0.02, momentum 0.9), of the layers between the stem and the output. Bands: lowest and highest seed.",
            Claim = "Fig. 2: without tdBN gradients of a deep network vanish or explode; with it their norm stays about the same.",
            Numbers = numbers,
            Seen = Judge(curves, normalized, plain),
            Metrics = new Dictionary<string, double> { ["gradient_ratio_tdbn"] = normalized, ["gradient_ratio_bn"] = plain },
        };
    }

    private static Curve Measure(
        Study study, (string Name, Normalization Normalization, WeightInitialization Initialization) variant, double decay)
    {
        var network = new NetworkSpecification
        {
            Architecture = NetworkSpecification.OfDepth(study.Sizes.Depth, study.Sizes.Width, SpikingBlockKind.Plain),
            Size = study.Pictures.Train.Size,
            Neuron = new() { Decay = decay },
            Normalization = variant.Normalization,
            Initialization = variant.Initialization,
        };
        List<IReadOnlyList<TableRow>> seeds =
        [
            .. study.Seeds.Select(seed => study.Gradients($"gradients {variant.Normalization} {variant.Initialization} decay {decay}",
                network, seed, study.Sizes.Steps).Rows),
        ];
        int layers = (int)seeds[0].Max(row => row.Number("layer"));
        return new(variant.Name, decay, layers, PerLayer("current_gradient"), PerLayer("weight_gradient"),
            [.. PerLayer("firing_rate").Select(rate => rate.Mean)],
            Spread.OfRatios(seeds.Select(rows => First(rows, 1) / First(rows, layers))));

        Spread[] PerLayer(string column) =>
        [
            .. Enumerable.Range(1, layers).Select(layer => Spread.Of(seeds.Select(rows =>
                rows.Where(row => row.Number("layer") == layer).Average(row => row.Number(column))))),
        ];

        static double First(IReadOnlyList<TableRow> rows, int layer) =>
            rows.First(row => row.Number("step") == 1 && row.Number("layer") == layer).Number("current_gradient");
    }

    private static IEnumerable<Panel> Panels(List<Curve> curves)
    {
        foreach (bool isOfWeights in (bool[])[false, true])
        {
            // One range for all, so that heights can be compared.
            Spread[] norms = [.. curves.SelectMany(curve => Norms(curve)).Where(norm => norm.Low > 0)];
            (double low, double high) = norms.Length == 0
                ? (0.1, 10) : (0.5 * norms.Min(norm => norm.Low), 2 * norms.Max(norm => norm.High));
            foreach (string variant in curves.Select(curve => curve.Variant).Distinct().Take(3))
            {
                var panel = new Panel(
                    $"{variant}: {(isOfWeights ? "weights" : "currents")}",
                    Panel.Linear(AxisPosition.Bottom, "Layer, from the input", 0),
                    Panel.Logarithmic(AxisPosition.Left, isOfWeights ? "Norm of dL/dW" : "Norm of dL/dx", low, high));
                int style = 0;
                foreach (Curve curve in curves.Where(curve => curve.Variant == variant))
                {
                    panel.AddCurve(
                        $"decay {curve.Decay}", CurveStyle.Of(style++),
                        [.. Norms(curve).Select((norm, i) => (i + 1.0, norm)).Where(point => point.norm.Low > 0)]);
                }
                Curve undecayed = curves.First(curve => curve.Variant == variant);
                if (!isOfWeights && Phi(undecayed) is { } phi)
                {
                    // From the last layer, from which gradients come.
                    panel.AddLine("theory", CurveStyle.Theory, Enumerable.Range(1, undecayed.Layers).Select(layer =>
                        ((double)layer, undecayed.Currents[^1].Mean * GradientTheory.NormRatio(phi, undecayed.Layers - layer + 1))));
                }
                if (variant == _variants[2].Name)
                    panel.AddNote(Silent(curves), 0.5, low * Math.Pow(high / low, 0.05));
                yield return panel;
            }

            Spread[] Norms(Curve curve) => isOfWeights ? curve.Weights : curve.Currents;
        }
    }

    private static string Silent(List<Curve> curves) => IsSilent(curves)
        ? "With PyTorch's weights: exactly 0" : "With PyTorch's weights: see the table";

    private static bool IsSilent(List<Curve> curves) =>
        curves.Where(curve => curve.Variant == _variants[3].Name).All(curve => curve.IsSilent);

    private static string Theory(Curve curve) => Phi(curve) is { } phi
        ? Short(GradientTheory.NormRatio(phi, curve.Layers)) : curve.Variant == _variants[3].Name ? "no gradient" : "-";

    /// <summary>What theory says of a layer without leak; null where it says nothing.</summary>
    private static double? Phi(Curve curve)
    {
        var neuron = new LifNeuronOptions();
        return _variants.First(variant => variant.Name == curve.Variant).Normalization switch
        {
            Normalization.ThresholdDependent => GradientTheory.Phi(neuron.Threshold, neuron.Threshold, neuron.SurrogateWidth),
            Normalization.Batch => GradientTheory.Phi(1, neuron.Threshold, neuron.SurrogateWidth),
            _ => null,
        };
    }

    /// <summary>Of all decays, the ratio that is farthest from 1.</summary>
    private static double Farthest(List<Curve> curves, string variant) =>
        curves.Where(curve => curve.Variant == variant).Select(curve => curve.Ratio.Mean).MaxBy(ratio => Math.Abs(Math.Log(ratio)));

    private static string Judge(List<Curve> curves, double normalized, double plain)
    {
        bool isSteady = normalized is > 0.3 and < 3, explodes = plain > 10;
        string silent = IsSilent(curves)
            ? "without any normalization and with PyTorch's weights no gradient arrives at all"
            : "without any normalization and with PyTorch's weights some gradient arrives";
        string direction = normalized < 1
            ? "it is not flat: the norm falls slowly toward the input, that is, grows with the layer's number"
            : "it is not flat: the norm grows toward the input";
        return $"{(isSteady && explodes ? "Seen" : "Not seen")}: with tdBN the norm at the first layer is {Short(normalized)} times "
            + $"that at the last, with plain batch normalization {Short(plain)} times; {silent}. With tdBN, {direction}.";
    }

    /// <summary>One network with one decay: for each layer, the mean over steps.</summary>
    private sealed record Curve(string Variant, double Decay, int Layers, Spread[] Currents, Spread[] Weights, double[] Rates, Spread Ratio)
    {
        public bool IsSilent => Currents.All(norm => norm.High == 0);
    }
}
