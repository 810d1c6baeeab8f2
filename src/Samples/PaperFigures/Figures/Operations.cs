using Microsoft.ML.Snn;
using OxyPlot.Axes;
using PaperFigures.Measurements;
using PaperFigures.Networks;
using PaperFigures.Plots;
using PaperFigures.Results;
using PaperFigures.Theory;
using static PaperFigures.Results.NumberText;

namespace PaperFigures.Figures;

/// <summary>Operations, energy and accuracy beside a dense network of the same layers and recipe.</summary>
internal sealed class Operations : IFigure
{
    // Running statistics of a network that is not trained: after so many batches hardly any of the initial ones is left.
    private const int _statisticsBatches = 45, _statisticsBatch = 20;
    private static readonly int[] _timeSteps = [1, 2, 4];
    private static readonly double _rate = ShortcutTheory.StationaryRate(NetworkSpecification.PaperAlpha);

    private static readonly (string Name, SpikingResNetArchitecture Architecture, double Width, bool IsLarge)[] _networks =
    [
        ("ResNet-8", new() { Name = "ResNet-8", Stem = new(64), Stages = [new(1, 128, 2), new(2, 256, 2)] }, 0.6, false),
        ("ResNet-19 x 0.25", SpikingResNetArchitecture.ResNet19.WithWidth(0.25), 1, false),
        ("ResNet-19", SpikingResNetArchitecture.ResNet19, 1, true),
    ];

    public char Letter => 'f';

    public string Name => "operations";

    public string Title => "Operations and energy";

    public FigureResult Make(Study study)
    {
        bool isTrained = study.Sizes.Epochs > 0;
        List<Point> points = [.. _networks.SelectMany(network => Spiking(study, network))];
        Dictionary<string, double> dense = _networks.Where(network => isTrained && !network.IsLarge)
            .ToDictionary(network => network.Name, network => Dense(study, network));
        var data = new Table(
            "network", "time_steps", "trained_time_steps", "accuracy", "dense_accuracy", "parameters", "firing_rate", "synaptic_operations",
            "into_pooled", "stem_multiply_adds", "neuron_updates", "engine_additions", "engine_multiply_adds", "dense_multiply_adds",
            "paper_microjoules", "stem_each_step_microjoules", "with_neurons_microjoules", "engine_microjoules", "dense_microjoules");
        var numbers = new Table(
            "network", "T", "parameters", "firing rate", "SOPs", "rate x T x MACs", "dense MACs", "µJ: SOPs and stem", "and neurons",
            "engine", "dense", "dense / SOPs and stem", "theory at 15.5 %", "accuracy", "dense accuracy");
        foreach (Point point in points)
        {
            OperationCounts counts = point.Counts;
            double denseAccuracy = dense.GetValueOrDefault(point.Network, double.NaN);
            data.Add(
                point.Network, point.TimeSteps, point.TrainedTimeSteps, point.Accuracy, denseAccuracy, point.Parameters, counts.FiringRate,
                counts.SynapticOperations, counts.IntoPooled, counts.StemMultiplyAdds, counts.NeuronUpdates, counts.Additions,
                counts.MultiplyAdds, counts.DenseMultiplyAdds, point.Paper, point.StemEachStep, point.WithNeurons, point.Engine,
                point.Dense);
            numbers.Add(
                point.Network, point.TimeSteps, Millions(point.Parameters), Percent(counts.FiringRate),
                Millions(counts.SynapticOperations), Millions(point.Predicted), Millions(counts.DenseMultiplyAdds), Short(point.Paper),
                Short(point.WithNeurons), Short(point.Engine), Short(point.Dense),
                Short(point.Dense / point.Paper),
                Short(EnergyTheory.DenseOverSpiking(_rate, point.TimeSteps)),
                Accuracy(point.Accuracy), Accuracy(denseAccuracy));
        }
        return new()
        {
            Panels =
            [
                .. _networks.Select(network => EnergyPanel(network.Name, [.. points.Where(point => point.Network == network.Name)])),
                RatioPanel(points), .. isTrained ? (Panel[])[AccuracyPanel(points, dense)] : [],
            ],
            Columns = isTrained ? 3 : 2,
            Data = data,
            Method = Method(study, isTrained),
            Claim = "Spiking networks add where spikes arrive, and so take less energy than dense networks of the same layers.",
            Numbers = numbers,
            Seen = Judge(points, dense),
        };

        static string Accuracy(double value) => double.IsNaN(value) ? "-" : Percent(value);
    }

    private static string Method(Study study, bool isTrained)
    {
        string counted = $"Operations of {study.Sizes.TracedPictures} held-out pictures (ResNet-19: a quarter of them), from the product's "
            + "engine; 0.9 pJ an addition and 4.6 pJ a multiply-add, memory left out. SOPs: one for each neuron that a spike reaches, the "
            + "pooled layer included. \"SOPs and stem\" is how papers count; \"and neurons\" adds 4.6 pJ for each neuron and step; "
            + "\"engine\" is what it really did. ";
        return counted + (isTrained
            ? $"Trained for {study.Sizes.Epochs} epochs of {study.Pictures.Train.Count} pictures (stochastic gradient descent, rate 0.05 "
                + $"on a cosine) with T = {string.Join(", ", study.Sizes.OperationTraining)} and scored with each T; ResNet-19 "
                + (study.Sizes.LargeSteps > 0 ? $"for {study.Sizes.LargeSteps} steps. " : "untrained. ")
                + "Dense: the same layers and recipe with ReLU, batch normalization, plain identities and T = 1."
            : "Nothing is trained (--quick).");
    }

    private static IEnumerable<Point> Spiking(
        Study study, (string Name, SpikingResNetArchitecture Architecture, double Width, bool IsLarge) network)
    {
        NetworkSpecification specification = Specification(study, network);
        double parameters = specification.Plan().ParameterCount;
        int[] training = network.IsLarge ? [2] : [.. study.Sizes.OperationTraining];
        foreach (int trained in training)
        {
            int[] scored = [.. _timeSteps.Where(timeSteps => training.MinBy(other => Math.Abs(other - timeSteps)) == trained)];
            string key = $"{specification.Key} trained T {trained} epochs {study.Sizes.Epochs} large steps {study.Sizes.LargeSteps} rate "
                + $"{Study.LearningRate} traced {study.Sizes.TracedPictures} T {string.Join(' ', scored)}";
            Table table = study.Keep(
                $"operations {network.Name} T {trained}", key, () => Measure(study, specification, network.IsLarge, trained, scored));
            foreach (TableRow row in table.Rows)
            {
                yield return new()
                {
                    Network = network.Name,
                    TimeSteps = (int)row.Number("time_steps"),
                    TrainedTimeSteps = trained,
                    Accuracy = row.Number("accuracy"),
                    Parameters = parameters,
                    Counts = new()
                    {
                        FiringRate = row.Number("firing_rate"),
                        SynapticOperations = row.Number("synaptic_operations"),
                        IntoPooled = row.Number("into_pooled"),
                        StemMultiplyAdds = row.Number("stem_multiply_adds"),
                        NeuronUpdates = row.Number("neuron_updates"),
                        Additions = row.Number("additions"),
                        MultiplyAdds = row.Number("multiply_adds"),
                        DenseMultiplyAdds = row.Number("dense_multiply_adds"),
                    },
                };
            }
        }
    }

    private static Table Measure(Study study, NetworkSpecification specification, bool isLarge, int trained, int[] scored)
    {
        var table = new Table(
            "time_steps", "accuracy", "firing_rate", "synaptic_operations", "into_pooled", "stem_multiply_adds", "neuron_updates",
            "additions", "multiply_adds", "dense_multiply_adds");
        using var network = new ProductNetwork(specification.Plan(), specification.Neuron, seed: 1);
        int steps = isLarge ? study.Sizes.LargeSteps : study.StepsOfTraining;
        if (steps > 0)
            study.Train(network, trained, seed: 1, steps);
        else
            Settle(study, network, trained);
        foreach (int timeSteps in scored)
        {
            int traced = Math.Max(1, isLarge ? study.Sizes.TracedPictures / 4 : study.Sizes.TracedPictures);
            OperationCounts counts = OperationCounts.Count(network.Fold(timeSteps), study.Pictures.Test, traced, study.Cancellation);
            double accuracy = steps > 0 ? TrainingSteps.Accuracy(network, study.Pictures.Test, timeSteps) : double.NaN;
            table.Add(
                timeSteps, accuracy, counts.FiringRate, counts.SynapticOperations, counts.IntoPooled, counts.StemMultiplyAdds,
                counts.NeuronUpdates, counts.Additions, counts.MultiplyAdds, counts.DenseMultiplyAdds);
        }
        return table;
    }

    /// <summary>Gives a network that is not trained running statistics of its own.</summary>
    private static void Settle(Study study, ProductNetwork network, int timeSteps)
    {
        int size = Math.Min(_statisticsBatch, study.Sizes.BatchSize);
        foreach (int[] batch in study.Pictures.Train.ShuffledBatches(size, seed: 1).Take(_statisticsBatches))
        {
            study.Cancellation.ThrowIfCancellationRequested();
            using TorchSharp.DisposeScope scope = TorchSharp.torch.NewDisposeScope();
            network.Forward(study.Pictures.Train.Batch(batch).Images, timeSteps, training: true);
        }
    }

    private static double Dense(Study study, (string Name, SpikingResNetArchitecture Architecture, double Width, bool IsLarge) network)
    {
        NetworkSpecification specification = Specification(study, network) with
        {
            Normalization = Normalization.Batch, BranchAlpha = 1, HasRawIdentity = true, IsRectified = true,
        };
        string key = $"{specification.Key} epochs {study.Sizes.Epochs} rate {Study.LearningRate}";
        Table table = study.Keep($"dense {network.Name}", key, () =>
        {
            using IStudiedNetwork dense = specification.Create(seed: 1);
            return study.Train(dense, 1, seed: 1, study.StepsOfTraining);
        });
        return table.Rows[^1].Number("accuracy");
    }

    private static NetworkSpecification Specification(
        Study study, (string Name, SpikingResNetArchitecture Architecture, double Width, bool IsLarge) network) => new()
    {
        Architecture = network.Architecture.WithWidth(study.Sizes.OperationWidth), Size = study.Pictures.Train.Size,
        Neuron = new() { SurrogateWidth = network.Width },
    };

    private static Panel EnergyPanel(string name, Point[] points)
    {
        (string Label, Func<Point, double> Energy)[] kinds =
        [
            ("SOPs and stem", point => point.Paper), ("and neurons", point => point.WithNeurons), ("engine", point => point.Engine),
            ("dense, T = 1", point => point.Dense),
        ];
        double lowest = points.Min(point => kinds.Min(kind => kind.Energy(point)));
        double highest = points.Max(point => kinds.Max(kind => kind.Energy(point)));
        double floor = Math.Pow(10, Math.Floor(Math.Log10(lowest / 1.5)));
        var panel = new Panel(
            name, Panel.Names("Time steps T", [.. points.Select(point => $"{point.TimeSteps}")]),
            Panel.Logarithmic(AxisPosition.Left, "Energy of a picture (µJ)", floor, 1.5 * highest));
        panel.AddBars(
            [.. kinds.Select(kind => (kind.Label, (IReadOnlyList<Spread>)[.. points.Select(point => One(kind.Energy(point)))]))], floor);
        return panel;
    }

    private static Panel RatioPanel(List<Point> points)
    {
        var panel = new Panel(
            "Dense energy over spiking (SOPs and stem)", Panel.Logarithmic(AxisPosition.Bottom, "Time steps T", 0.9, 40),
            Panel.Logarithmic(AxisPosition.Left, "Dense / spiking", 0.7, 60));
        int style = 0;
        foreach (IGrouping<string, Point> network in points.GroupBy(point => point.Network))
        {
            panel.AddLine(
                network.Key, CurveStyle.Of(style++), network.Select(point => ((double)point.TimeSteps, point.Dense / point.Paper)));
        }
        panel.AddLine($"theory at a rate of {Percent(_rate)}, without the stem", CurveStyle.Theory,
            [(1, EnergyTheory.DenseOverSpiking(_rate, 1)), (40, EnergyTheory.DenseOverSpiking(_rate, 40))]);
        panel.AddLevel("break-even", 1);
        return panel;
    }

    private static Panel AccuracyPanel(List<Point> points, Dictionary<string, double> dense)
    {
        string[] names = [.. _timeSteps.Select(timeSteps => $"T = {timeSteps}"), "dense"];
        var panel = new Panel("Accuracy", Panel.Names("", names), Panel.Linear(AxisPosition.Left, "Held-out accuracy (%)", 0));
        panel.AddBars([.. dense.Select(network => (network.Key, (IReadOnlyList<Spread>)[
            .. points.Where(point => point.Network == network.Key).OrderBy(point => point.TimeSteps)
                .Select(point => One(100 * point.Accuracy)),
            One(100 * network.Value)]))]);
        return panel;
    }

    private static string Judge(List<Point> points, Dictionary<string, double> dense)
    {
        Point[] twos = [.. points.Where(point => point.TimeSteps == 2)];
        (double low, double high) = (twos.Min(point => point.Dense / point.Paper), twos.Max(point => point.Dense / point.Paper));
        (double lowAll, double highAll) =
            (twos.Min(point => point.Dense / point.WithNeurons), twos.Max(point => point.Dense / point.WithNeurons));
        string text = $"{(low > 1 ? "Seen" : "Not seen")}: at T = 2 the dense networks take {Short(low)} to {Short(high)} times "
            + $"the energy, counted as papers do, and {Short(lowAll)} to {Short(highAll)} times with one multiply-add for each "
            + "neuron and step; memory, which nobody counts here, is left out.";
        if (dense.Count == 0)
            return text;
        return text + " What it costs in accuracy after the same short training, at T = 2: " + string.Join(", ", dense.Select(network =>
            $"{network.Key} {Percent(twos.Single(point => point.Network == network.Key).Accuracy)} spiking and "
            + $"{Percent(network.Value)} dense")) + "; one run each.";
    }

    private static string Millions(double value) => $"{Short(value / 1e6)} M";

    private static Spread One(double value) => new(value, value, value);

    /// <summary>A network, scored with some time steps.</summary>
    private sealed record Point
    {
        public required string Network { get; init; }

        public required int TimeSteps { get; init; }

        public required int TrainedTimeSteps { get; init; }

        public required double Accuracy { get; init; }

        public required double Parameters { get; init; }

        public required OperationCounts Counts { get; init; }

        /// <summary>The first convolution once, all else by spikes: how papers count. In microjoules, as all that follow.</summary>
        public double Paper => EnergyTheory.Microjoules(Counts.SynapticOperations, Counts.StemMultiplyAdds);

        /// <summary>The same for hardware that computes the first convolution in every step.</summary>
        public double StemEachStep => EnergyTheory.Microjoules(Counts.SynapticOperations, TimeSteps * Counts.StemMultiplyAdds);

        public double WithNeurons =>
            EnergyTheory.Microjoules(Counts.SynapticOperations, Counts.StemMultiplyAdds + Counts.NeuronUpdates);

        public double Engine => EnergyTheory.Microjoules(Counts.Additions, Counts.MultiplyAdds);

        public double Dense => EnergyTheory.Microjoules(0, Counts.DenseMultiplyAdds);

        /// <summary>Synaptic operations that the firing rate lets expect.</summary>
        public double Predicted => Counts.FiringRate * TimeSteps * (Counts.DenseMultiplyAdds - Counts.StemMultiplyAdds);
    }
}
