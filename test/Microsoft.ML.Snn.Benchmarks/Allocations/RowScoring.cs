using BenchmarkDotNet.Attributes;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Benchmarks.Inference;

namespace Microsoft.ML.Snn.Benchmarks.Allocations;

/// <summary>The ways to score a row: ResNet-19 at a quarter of its width, T = 2, trained for a moment.</summary>
public class RowScoring
{
    public const string ControlDescription = "nothing, for comparison: a loop that waits";

    private readonly MLContext _context = new(seed: 1);
    private readonly EarlyExit _exit = new() { Confidence = 0.5f };
    private readonly Prediction _prediction = new();
    private Pictures.Row _row = null!;
    private SpikingNetwork _network = null!;
    private SpikingNetwork _quantized = null!;
    private float[] _scores = null!;
    private Action _readRow = null!;
    private Action _readEveryColumn = null!;
    private PredictionEngine<Pictures.Row, Prediction> _engine = null!;

    public sealed class Prediction
    {
        public VBuffer<float> Score { get; set; }

        public uint PredictedLabel { get; set; }
    }

    [GlobalSetup]
    public void SetUp()
    {
        _network = TrainedModel.Load(TrainedModel.Make(0.25, quick: true));
        _quantized = _network.Quantize();
        _scores = new float[_network.ClassCount];
        _row = Pictures.Load(1, 0).Training[0];
        IDataView data = _context.Data.LoadFromEnumerable(Enumerable.Repeat(_row, int.MaxValue));
        SpikingNetworkTransformer plain = _context.Transforms.ApplySpikingNetwork(_network).Fit(data);
        _readRow = Reader(plain.Transform(data));
        _readEveryColumn = Reader(_context.Transforms.ApplySpikingNetwork(_network, new SpikingNetworkEstimator.Options
        {
            Exit = new() { Confidence = 0.5f },
            StepScoresColumnName = "StepScores",
            StepsUsedColumnName = "StepsUsed",
            SpikesColumnName = "Spikes",
            SynapticOperationsColumnName = "SynapticOperations",
            AdditionsColumnName = "Additions",
            MultiplyAddsColumnName = "MultiplyAdds",
            EnergyNanojoulesColumnName = "EnergyNanojoules",
        }).Fit(data).Transform(data));
        _engine = _context.Model.CreatePredictionEngine<Pictures.Row, Prediction>(plain);
    }

    /// <summary>What the runtime and the diagnoser allocate by themselves, on other threads, in about the time of a row.</summary>
    [Benchmark(Description = ControlDescription, Baseline = true)]
    public void Wait() => Thread.SpinWait(20_000);

    [Benchmark(Description = "SpikingNetwork.Score")]
    public void Score() => _network.Score(_row.Features, _scores);

    [Benchmark(Description = "SpikingNetwork.Score, 8-bit weights")]
    public void ScoreQuantized() => _quantized.Score(_row.Features, _scores);

    [Benchmark(Description = "SpikingNetwork.Score, early exit")]
    public void ScoreWithExit() => _network.ScoreUntil(_row.Features, _scores, _exit);

    [Benchmark(Description = "ApplySpikingNetwork, a cursor's row")]
    public void CursorRow() => _readRow();

    [Benchmark(Description = "ApplySpikingNetwork, a cursor's row, every column, early exit")]
    public void CursorRowWithEveryColumn() => _readEveryColumn();

    [Benchmark(Description = "ApplySpikingNetwork, PredictionEngine")]
    public void Predict()
    {
        Prediction prediction = _prediction;
        _engine.Predict(_row, ref prediction);
    }

    /// <summary>Reads the next row's columns, all that were added.</summary>
    private static Action Reader(IDataView scored)
    {
        DataViewRowCursor cursor = scored.GetRowCursorSet(scored.Schema, 1)[0];
        Action[] reads = [.. scored.Schema.Where(column => column.Name is not "Features" and not "Label").Select(column => Read(cursor, column))];
        return () =>
        {
            cursor.MoveNext();
            foreach (Action read in reads)
                read();
        };
    }

    private static Action Read(DataViewRow row, DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType => Read<VBuffer<float>>(row, column),
        KeyDataViewType => Read<uint>(row, column),
        { RawType: var type } when type == typeof(int) => Read<int>(row, column),
        { RawType: var type } when type == typeof(long) => Read<long>(row, column),
        _ => Read<double>(row, column),
    };

    private static Action Read<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default!;
        return () => getter(ref value);
    }
}
