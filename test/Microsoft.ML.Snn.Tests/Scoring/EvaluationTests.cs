using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Tests.Scoring;

public class EvaluationTests
{
    private static readonly EarlyExit[] _exits =
    [
        new() { Confidence = 0.4f }, new() { Confidence = 0.5f }, new() { Margin = 0.2f }, new() { Confidence = 0.45f, Margin = 0.25f },
        new() { Confidence = 1 }, EarlyExit.Never,
    ];

    private readonly MLContext _context = new(seed: 1);

    private readonly SpikingNetwork _network = LabeledNetwork.Create();

    [Fact]
    public void Each_row_of_the_table_is_what_running_with_that_exit_gives()
    {
        IDataView data = LabeledNetwork.LabeledView(_context, 30);
        IReadOnlyList<EarlyExitMetrics> table =
            _context.MulticlassClassification.EvaluateEarlyExit(_network, data, _exits, energy: ApplySpikingNetworkTests.Energy);
        Assert.Equal(_exits, table.Select(metrics => metrics.Exit));
        foreach (EarlyExitMetrics metrics in table)
        {
            IDataView scored = Apply(data, metrics.Exit);
            Assert.Equal(30, metrics.RowCount);
            MulticlassClassificationMetrics stock =
                _context.MulticlassClassification.Evaluate(scored, scoreColumnName: "P", predictedLabelColumnName: "Guess");
            Assert.Equal(stock.MicroAccuracy, metrics.Accuracy, 1e-12);
            Assert.Equal(scored.GetColumn<int>("StepsUsed").Average(), metrics.MeanSteps);
            Assert.Equal(scored.GetColumn<long>("Spikes").Average(), metrics.MeanSpikes);
            Assert.Equal(scored.GetColumn<long>("SynapticOperations").Average(), metrics.MeanSynapticOperations);
            Assert.Equal(scored.GetColumn<long>("Additions").Average(), metrics.MeanAdditions);
            Assert.Equal(scored.GetColumn<long>("MultiplyAdds").Average(), metrics.MeanMultiplyAdds);
            Assert.Equal(scored.GetColumn<double>("EnergyNanojoules").Average(), metrics.MeanEnergyNanojoules, 1e-6);
        }
        // Exits that differ, or the test says nothing.
        Assert.True(table.Select(metrics => metrics.MeanSteps).Distinct().Count() > 3);
        Assert.Equal(6, table[^1].MeanSteps);
    }

    [Fact]
    public void An_exit_says_what_it_is() => Assert.Equal(
        ["confidence 0.4", "confidence 0.5", "margin 0.2", "confidence 0.45 or margin 0.25", "confidence 1", "never"],
        _exits.Select(exit => exit.ToString()));

    [Fact]
    public void All_exits_share_one_pass_over_the_data()
    {
        var once = new SinglePassView(LabeledNetwork.LabeledView(_context));
        Assert.Equal(_exits.Length, _context.MulticlassClassification.EvaluateEarlyExit(_network, once, _exits).Count);
        Assert.Equal(1, once.Passes);
    }

    [Fact]
    public void The_8_bit_report_is_what_both_networks_give()
    {
        SpikingNetwork quantized = _network.Quantize();
        LabeledNetwork.Row[] rows = LabeledNetwork.Rows(30);
        QuantizationMetrics metrics =
            _context.MulticlassClassification.EvaluateQuantization(_network, LabeledNetwork.LabeledView(_context, 30));
        double right = 0, quantizedRight = 0, same = 0, difference = 0;
        long spikes = 0, quantizedSpikes = 0, flipped = 0, neurons = 0;
        foreach (LabeledNetwork.Row row in rows)
        {
            SpikingTrace real = _network.Trace(row.Features), rounded = quantized.Trace(row.Features);
            string guess = Best(real), quantizedGuess = Best(rounded);
            right += guess == row.Name ? 1 : 0;
            quantizedRight += quantizedGuess == row.Name ? 1 : 0;
            same += guess == quantizedGuess ? 1 : 0;
            difference += real.ScoresAt(5).Zip(rounded.ScoresAt(5)).Sum(pair => Math.Abs((double)pair.First - pair.Second));
            spikes += real.Spikes;
            quantizedSpikes += rounded.Spikes;
            foreach ((LayerTrace a, LayerTrace b) in real.Layers.Zip(rounded.Layers))
            {
                for (int step = 0; step < real.TimeSteps; step++)
                {
                    bool[] fired = new bool[a.Shape.NeuronCount], others = new bool[a.Shape.NeuronCount];
                    a.CopySpikes(step, fired);
                    b.CopySpikes(step, others);
                    neurons += fired.Length;
                    flipped += fired.Zip(others).Count(pair => pair.First != pair.Second);
                }
            }
        }
        Assert.Equal(30, metrics.RowCount);
        Assert.Equal(right / 30, metrics.Accuracy);
        Assert.Equal(quantizedRight / 30, metrics.QuantizedAccuracy);
        Assert.Equal(same / 30, metrics.Agreement);
        Assert.Equal(difference / 30 / 4, metrics.MeanAbsoluteScoreDifference, 1e-12);
        Assert.Equal((spikes, quantizedSpikes), (metrics.Spikes, metrics.QuantizedSpikes));
        Assert.Equal((double)flipped / neurons, metrics.SpikeDifference, 1e-12);
        Assert.InRange(metrics.SpikeDifference, 1e-6, 0.1);
    }

    [Fact]
    public void Classes_are_found_by_name_whatever_the_order_of_the_keys()
    {
        // Keys in the order in which the labels occur.
        IDataView view = LabeledNetwork.View(_context, 30);
        IDataView data = _context.Transforms.Conversion.MapValueToKey("Label", "Name").Fit(view).Transform(view);
        VBuffer<ReadOnlyMemory<char>> names = default;
        data.Schema["Label"].GetKeyValues(ref names);
        Assert.NotEqual(LabeledNetwork.Classes, names.DenseValues().Select(name => name.ToString()));
        Assert.Equal(
            _context.MulticlassClassification.EvaluateQuantization(_network, LabeledNetwork.LabeledView(_context, 30)).Accuracy,
            _context.MulticlassClassification.EvaluateQuantization(_network, data).Accuracy);
    }

    [Fact]
    public void Rows_that_cannot_be_judged_are_left_out()
    {
        LabeledNetwork.Row[] rows = LabeledNetwork.Rows(8);
        rows[1].Features[0] = float.NaN;
        rows[5].Name = "";
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        data = _context.Transforms.Conversion.MapValueToKey("Label", "Name").Fit(_context.Data.TakeRows(data, 5)).Transform(data);
        Assert.Equal(6, _context.MulticlassClassification.EvaluateQuantization(_network, data).RowCount);
        Assert.Equal(6, _context.MulticlassClassification.EvaluateEarlyExit(_network, data, _exits)[0].RowCount);
        ActivityMetrics activity = _context.MulticlassClassification.EvaluateActivity(_network, data);
        Assert.Equal((7, 1), (activity.RowCount, activity.LeftOutRowCount));
        IDataView none = _context.Data.SkipRows(data, 8);
        Assert.Throws<InvalidOperationException>(() => _context.MulticlassClassification.EvaluateQuantization(_network, none));
        Assert.Throws<InvalidOperationException>(() => _context.MulticlassClassification.EvaluateEarlyExit(_network, none, _exits));
        string message = Assert.Throws<InvalidOperationException>(
            () => _context.MulticlassClassification.EvaluateActivity(_network, none)).Message;
        Assert.Contains("no row with finite features", message);
    }

    [Fact]
    public void Rows_that_are_done_are_told_now_and_then_and_at_the_end()
    {
        LabeledNetwork.Row[] rows = LabeledNetwork.Rows(40);
        rows[7].Features[0] = float.NaN;
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        data = _context.Transforms.Conversion.MapValueToKey("Label", "Name").Fit(data).Transform(data);
        foreach (Action<IProgress<long>> evaluate in (Action<IProgress<long>>[])
        [
            progress => _context.MulticlassClassification.EvaluateEarlyExit(_network, data, _exits, progress: progress),
            progress => _context.MulticlassClassification.EvaluateQuantization(_network, data, progress: progress),
            progress => _context.MulticlassClassification.EvaluateActivity(_network, data, progress: progress),
        ])
        {
            var told = new Told(_ => { });
            long start = Environment.TickCount64;
            evaluate(told);
            long milliseconds = Environment.TickCount64 - start;
            Assert.Equal(40, told.Rows[^1]);
            Assert.Equal(told.Rows.Order(), told.Rows);
            Assert.InRange(told.Rows.Count, 1, 1 + milliseconds / 100);
        }
    }

    [Fact]
    public void An_evaluation_can_be_stopped()
    {
        using var source = new CancellationTokenSource();
        // Rows without end, so that only the token can stop it.
        IDataView data = _context.Data.LoadFromEnumerable(Endless());
        data = _context.Transforms.Conversion.MapValueToKey("Label", "Name").Fit(LabeledNetwork.View(_context)).Transform(data);
        var told = new Told(_ => source.Cancel());
        Assert.Throws<OperationCanceledException>(() => _context.MulticlassClassification.EvaluateEarlyExit(
            _network, data, _exits, progress: told, cancellationToken: source.Token));
        Assert.InRange(told.Rows.Single(), 1, long.MaxValue);
        Assert.Throws<OperationCanceledException>(() => _context.MulticlassClassification.EvaluateQuantization(
            _network, data, cancellationToken: source.Token));
        using var other = new CancellationTokenSource();
        told = new Told(_ => other.Cancel());
        Assert.Throws<OperationCanceledException>(() => _context.MulticlassClassification.EvaluateActivity(
            _network, data, progress: told, cancellationToken: other.Token));
        Assert.InRange(told.Rows.Single(), 1, long.MaxValue);

        static IEnumerable<LabeledNetwork.Row> Endless()
        {
            LabeledNetwork.Row[] rows = LabeledNetwork.Rows(4);
            for (int i = 0; ; i++)
                yield return rows[i % 4];
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        IDataView data = LabeledNetwork.LabeledView(_context);
        MulticlassClassificationCatalog catalog = _context.MulticlassClassification;
        void Refuse(string named, Action action) => Assert.Contains(named, Assert.Throws<ArgumentOutOfRangeException>(action).Message);
        Refuse("'Other'", () => catalog.EvaluateEarlyExit(_network, data, _exits, labelColumnName: "Other"));
        Refuse("'Other'", () => catalog.EvaluateQuantization(_network, data, featureColumnName: "Other"));
        Refuse("'Other'", () => catalog.EvaluateActivity(_network, data, "Other"));
        Refuse("'Id'", () => catalog.EvaluateActivity(_network, data, "Id"));
        Refuse("featureColumnName", () => catalog.EvaluateActivity(_network, data, ""));
        Refuse("labelColumnName", () => catalog.EvaluateEarlyExit(_network, data, _exits, labelColumnName: ""));
        Refuse("featureColumnName", () => catalog.EvaluateQuantization(_network, data, featureColumnName: null!));
        Refuse("'Name'", () => catalog.EvaluateQuantization(_network, data, labelColumnName: "Name"));
        Refuse("'Id'", () => catalog.EvaluateQuantization(_network, data, featureColumnName: "Id"));
        IDataView hashed = _context.Transforms.Conversion.Hash("Label", "Name", numberOfBits: 31).Fit(data).Transform(data);
        Refuse("2147483648 classes", () => catalog.EvaluateQuantization(_network, hashed));
        Assert.Contains("exits", Assert.Throws<ArgumentException>(() => catalog.EvaluateEarlyExit(_network, data, [])).Message);
        Assert.Contains("8 bits already", Assert.Throws<ArgumentException>(() => catalog.EvaluateQuantization(_network.Quantize(), data)).Message);
        SpikingNetwork other = LabeledNetwork.Create(LabelValues.FromText(["ant", "bee", "cow", "dog"]));
        Refuse("'cat'", () => catalog.EvaluateQuantization(other, data));
    }

    private IDataView Apply(IDataView data, EarlyExit exit) => _context.Transforms
        .ApplySpikingNetwork(_network, ApplySpikingNetworkTests.EveryColumn(exit.Confidence, exit.Margin)).Fit(data).Transform(data);

    private static string Best(SpikingTrace trace) =>
        LabeledNetwork.Classes[Enumerable.Range(0, 4).MaxBy(i => trace.ScoresAt(5)[i])];

    /// <summary>Keeps what it is told, at once.</summary>
    private sealed class Told(Action<long> onReport) : IProgress<long>
    {
        public List<long> Rows { get; } = [];

        public void Report(long value)
        {
            Rows.Add(value);
            onReport(value);
        }
    }
}
