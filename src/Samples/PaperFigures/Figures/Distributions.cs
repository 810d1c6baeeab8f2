using Microsoft.ML.Snn;
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

/// <summary>The paper's Theorem 2 and its Fig. 3 and 4: distributions of currents and potentials, and who fires how often.</summary>
internal sealed class Distributions : IFigure
{
    private const int _densitySteps = 4, _shareSteps = 6;
    private const double _decay = 0.25, _slowDecay = 0.5;
    private static readonly double[] _deviations = [0.25, 1, 4];
    private static readonly string[] _variances = ["1/16", "1", "16"];

    private static readonly string[] _moments =
        ["overlap", "current_mean", "current_deviation", "potential_mean", "potential_deviation", "never", "always"];

    public char Letter => 'c';

    public string Name => "distributions";

    public string Title => "Currents, membrane potentials and firing";

    public FigureResult Make(Study study)
    {
        int last = study.Sizes.Depth - 4;
        int[] layers = [.. ((int[])[0, last / 4, last * 5 / 8, last]).Distinct()];
        Layer[] leaky = Measure(study, new() { Decay = _decay }, 1, _densitySteps, layers);
        Layer[] slow = Measure(study, new() { Decay = _slowDecay }, 1, _densitySteps, layers);
        Layer[][] scaled =
        [
            .. _deviations.Select(deviation => Measure(
                study, new() { Decay = _decay, Threshold = 1, SurrogateWidth = 2 }, deviation, _shareSteps, [0, last])),
        ];
        return new()
        {
            Panels =
            [
                DensityPanel("Behind the stem, decay 0.25", leaky[0]), DensityPanel($"Layer {last}, decay 0.25", leaky[^1]),
                DensityPanel($"Layer {last}, decay 0.5", slow[^1]), RatePanel(leaky, slow, last),
                SharePanel("Shares of neurons behind the stem", scaled, 0), SharePanel($"Shares of neurons, layer {last}", scaled, 1),
            ],
            Columns = 3,
            Data = Data(leaky, slow, scaled),
            Method = $"The product's plain network of {study.Sizes.Depth} layers, untrained, {study.Sizes.BatchSize} pictures; densities "
                + $"and rates with T = {_densitySteps} and Vth = 0.5; shares with T = {_shareSteps}, Vth = 1 and tdBN's lambda 1/4, 1 and "
                + "4, so currents of variance 1/16, 1 and 16. A neuron with a picture counts once.",
            Claim = "Theorem 2 and Fig. 3: potentials are normal like currents, u ~ N(0, s²). Fig. 4: at variance 1/16 hardly a neuron "
                + "fires, at 1 some do, at 16 most always fire.",
            Numbers = Numbers(leaky, slow, scaled),
            Seen = Judge(leaky, slow, scaled),
        };
    }

    private static Layer[] Measure(Study study, LifNeuronOptions neuron, double lambda, int timeSteps, int[] layers)
    {
        var network = new NetworkSpecification
        {
            Architecture = NetworkSpecification.OfDepth(study.Sizes.Depth, study.Sizes.Width, SpikingBlockKind.Plain),
            Size = study.Pictures.Train.Size, Neuron = neuron,
        };
        List<IReadOnlyList<TableRow>> seeds =
        [
            .. study.Seeds.Select(seed => study.Keep(
                $"potentials decay {neuron.Decay} lambda {lambda} seed {seed}",
                $"{network.Key} T {timeSteps} layers {string.Join(' ', layers)}",
                () => Measure(study, network, lambda, timeSteps, layers, seed)).Rows),
        ];
        return [.. layers.Select(layer => new Layer(neuron.Decay, lambda, layer, timeSteps,
            [.. seeds.Select(rows => rows.Single(row => row.Number("layer") == layer))]))];
    }

    private static Table Measure(Study study, NetworkSpecification network, double lambda, int timeSteps, int[] layers, int seed)
    {
        using DisposeScope scope = NewDisposeScope();
        var tap = new PotentialTap(layers);
        using IStudiedNetwork measured = network.Create(seed, tap);
        using (no_grad())
        {
            foreach ((string name, TorchSharp.Modules.Parameter value) in measured.Parameters)
            {
                if (name.EndsWith(".norm.weight", StringComparison.Ordinal))
                    value.fill_(lambda);
            }
        }
        (Tensor images, _) = study.Pictures.Train.Batch(study.FirstBatch(seed));
        measured.Forward(images, timeSteps, training: true);
        var table = new Table(
        [
            "layer", .. _moments,
            .. Enumerable.Range(1, timeSteps).Select(step => $"rate_{step}"),
            .. Enumerable.Range(0, PotentialTap.Bins).Select(bin => $"x_{bin}"),
            .. Enumerable.Range(0, PotentialTap.Bins).Select(bin => $"u_{bin}"),
        ]);
        foreach ((int layer, LayerPotentials found) in tap.Measured)
        {
            table.Add([
                layer, found.Overlap, found.Current.Mean, found.Current.Deviation, found.Potential.Mean, found.Potential.Deviation,
                found.NeverFiring, found.AlwaysFiring, .. found.FiringRates, .. found.CurrentDensity, .. found.PotentialDensity,
            ]);
        }
        return table;
    }

    private static Panel DensityPanel(string title, Layer layer)
    {
        var panel = new Panel(
            title, Panel.Linear(AxisPosition.Bottom, "Thresholds Vth", -PotentialTap.Limit, PotentialTap.Limit),
            Panel.Linear(AxisPosition.Left, "Density", 0, 0.65));
        CurveStyle Unmarked(int index) => CurveStyle.Of(index) with { Marker = OxyPlot.MarkerType.None };
        panel.AddCurve("current x", Unmarked(0), layer.Density("x"));
        panel.AddCurve("potential u", Unmarked(1), layer.Density("u"));
        panel.AddLine("N(0, Vth²)", Unmarked(3), [.. Enumerable.Range(0, 101).Select(i => -5 + i / 10.0)
            .Select(x => (x, NormalDistribution.Density(x)))]);
        panel.AddNote($"overlap {Short(layer.Of("overlap").Mean)}", 1.6, 0.5);
        return panel;
    }

    private static Panel RatePanel(Layer[] leaky, Layer[] slow, int last)
    {
        var panel = new Panel(
            "Firing rate by step", Panel.Linear(AxisPosition.Bottom, "Time step t", 0.8, _densitySteps + 0.2),
            Panel.Linear(AxisPosition.Left, "Firing rate (%)", 10, 30));
        int style = 0;
        foreach ((string name, Layer layer) in ((string, Layer)[])[
            ("stem, decay 0.25", leaky[0]), ($"layer {last}, decay 0.25", leaky[^1]),
            ("stem, decay 0.5", slow[0]), ($"layer {last}, decay 0.5", slow[^1])])
        {
            panel.AddCurve(name, CurveStyle.Of(style++), [.. layer.Rates.Select((rate, t) => (t + 1.0, rate.InPercent))]);
        }
        panel.AddLevel("Gaussian, t = 1: 15.9 %", 100 * NormalDistribution.Above(1));
        return panel;
    }

    private static Panel SharePanel(string title, Layer[][] scaled, int index)
    {
        var panel = new Panel(
            title,
            Panel.Names("Variance of the currents (Vth = 1)", _variances),
            Panel.Linear(AxisPosition.Left, "Share of neurons (%)", 0, 105));
        (string, Func<Layer, Spread>)[] shares =
        [
            ("never fire", layer => layer.Of("never")), ("in between", layer => layer.Between),
            ("always fire", layer => layer.Of("always")),
        ];
        panel.AddBars([.. shares.Select(share => (share.Item1, (IReadOnlyList<Spread>)[
            .. scaled.Select(layers => share.Item2(layers[index]).InPercent)]))]);
        if (index > 0)
            return panel;
        for (int i = 0; i < _deviations.Length; i++)
        {
            (double never, double always) = PotentialTheory.ConstantCurrent(_deviations[i], _decay);
            panel.AddTheory(i, 100 * never, i == 0 ? "theory" : null, 0, 3);
            panel.AddTheory(i, 100 * (1 - never - always), null, 1, 3);
            panel.AddTheory(i, 100 * always, null, 2, 3);
        }
        return panel;
    }

    private static Table Numbers(Layer[] leaky, Layer[] slow, Layer[][] scaled)
    {
        var numbers = new Table("what", "decay", "layer", "measured", "theory");
        foreach (Layer[] layers in (Layer[][])[leaky, slow])
        {
            double decay = layers[0].Decay;
            (double mean, double deviation, double rate) = PotentialTheory.SecondStep(decay);
            foreach (Layer layer in layers)
            {
                string place = layer.Number == 0 ? "stem" : $"{layer.Number}";
                numbers.Add("deviation of x / Vth", decay, place, Short(layer.Of("current_deviation").Mean), "1");
                if (layer.Number > 0)
                {
                    numbers.Add("mean and deviation of u / Vth, all steps", decay, place,
                        $"{Short(layer.Of("potential_mean").Mean)}, {Short(layer.Of("potential_deviation").Mean)}",
                        $"{Short(mean)}, {Short(deviation)} at t = 2");
                }
                numbers.Add("overlap of x and u", decay, place, Short(layer.Of("overlap").Mean), "-");
                string theory = Percent(layer.Number == 0 ? PotentialTheory.SecondStepOfConstantCurrent(decay) : rate);
                numbers.Add("firing rate at t = 1 and 2", decay, place,
                    $"{Percent(layer.Rates[0].Mean)}, {Percent(layer.Rates[1].Mean)}",
                    $"{Percent(NormalDistribution.Above(1))}, {theory}");
            }
        }
        for (int i = 0; i < _deviations.Length; i++)
        {
            (double never, double always) = PotentialTheory.ConstantCurrent(_deviations[i], _decay);
            foreach (Layer layer in scaled[i])
            {
                numbers.Add($"never, always firing at variance {_variances[i]}", _decay,
                    layer.Number == 0 ? "stem" : $"{layer.Number}",
                    $"{Short(layer.Of("never").Mean)}, {Short(layer.Of("always").Mean)}",
                    layer.Number == 0 ? $"{Short(never)}, {Short(always)} (long times)" : "-");
            }
        }
        return numbers;
    }

    private static Table Data(Layer[] leaky, Layer[] slow, Layer[][] scaled)
    {
        var data = new Table(["decay", "lambda", "layer", "quantity", "at", .. Spread.Columns("value")]);
        foreach (Layer layer in (IEnumerable<Layer>)[.. leaky, .. slow, .. scaled.SelectMany(layers => layers)])
        {
            foreach (string name in _moments)
                Add(layer, name, "", layer.Of(name));
            for (int t = 0; t < layer.Rates.Length; t++)
                Add(layer, "firing_rate", t + 1, layer.Rates[t]);
            foreach ((double at, Spread density) in layer.Density("x"))
                Add(layer, "current_density", at, density);
            foreach ((double at, Spread density) in layer.Density("u"))
                Add(layer, "potential_density", at, density);
        }
        return data;

        void Add(Layer layer, string quantity, object at, Spread value) =>
            data.Add(layer.Decay, layer.Lambda, layer.Number, quantity, at, value);
    }

    private static string Judge(Layer[] leaky, Layer[] slow, Layer[][] scaled)
    {
        double overlap = leaky[^1].Of("overlap").Mean, rate = scaled[^1][1].Rates.Average(step => step.Mean);
        double always = scaled[^1][0].Of("always").Mean, alwaysDeep = scaled[^1][1].Of("always").Mean;
        return $"{(overlap > 0.9 ? "Seen in part" : "Not seen")}: behind tdBN the currents have the deviation "
            + $"{Short(leaky[^1].Of("current_deviation").Mean)} Vth, and potentials are near them (overlap {Short(overlap)}, at decay "
            + $"0.5 {Short(slow[^1].Of("overlap").Mean)}), but their mean is {Short(leaky[^1].Of("potential_mean").Mean)} Vth and not 0: Theorem 2 is an approximation. "
            + $"{(Math.Min(always, alwaysDeep) > 0.5 ? "Seen" : "Not seen")}: that most always fire at variance 16. {Percent(always)} of "
            + $"the neurons behind the stem and {Percent(alwaysDeep)} of the deep layer's do; its firing rate is {Percent(rate)}.";
    }

    /// <summary>A layer, measured with each seed.</summary>
    private sealed record Layer(double Decay, double Lambda, int Number, int TimeSteps, TableRow[] Seeds)
    {
        public Spread[] Rates => [.. Enumerable.Range(1, TimeSteps).Select(step => Of($"rate_{step}"))];

        public Spread Between => Spread.Of(Seeds.Select(row => 1 - row.Number("never") - row.Number("always")));

        public Spread Of(string column) => Spread.Of(Seeds.Select(row => row.Number(column)));

        public (double X, Spread Y)[] Density(string name) =>
        [
            .. Enumerable.Range(0, PotentialTap.Bins)
                .Select(bin => (-PotentialTap.Limit + (bin + 0.5) * 2 * PotentialTap.Limit / PotentialTap.Bins, Of($"{name}_{bin}"))),
        ];
    }
}
