using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Scoring;

/// <summary>The process's memory is measured, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(SteadyState), DisableParallelization = true)]
public class SteadyStateRunsAlone;

/// <summary>Memory while rows are scored, after the first few.</summary>
[Slow]
[Collection(nameof(SteadyState))]
public class SteadyState
{
    private const int Rows = 300;

    private readonly MLContext _context = new(seed: 1);

    private readonly SpikingNetwork _network = LabeledNetwork.Create();

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    public void Scoring_arrays_allocates_nothing(bool quantized, int threads)
    {
        SpikingNetwork network = (quantized ? _network.Quantize() : _network).WithThreads(threads);
        float[] features = RandomGraphs.Features(LabeledNetwork.Shape, seed: 1), scores = new float[network.ClassCount];
        var exit = new EarlyExit { Confidence = 0.4f };
        // A trace leaves nothing behind.
        network.Trace(features, potentials: true);
        Assert.Equal(0, Allocated(() => network.Score(features, scores)));
        Assert.Equal(0, Allocated(() => network.ScoreUntil(features, scores, exit)));
        Assert.Equal(0, Allocated(() => network.Predict(features)));
    }

    [Fact]
    public void A_row_of_a_cursor_with_every_column_allocates_nothing()
    {
        IDataView data = _context.Data.LoadFromEnumerable(Enumerable.Repeat(LabeledNetwork.Rows(1)[0], 2 * Rows));
        foreach (float? confidence in (float?[])[null, 0.4f])
        {
            IDataView scored = _context.Transforms
                .ApplySpikingNetwork(_network, ApplySpikingNetworkTests.EveryColumn(confidence)).Fit(data).Transform(data);
            using DataViewRowCursor cursor = Cursor(scored);
            Action[] reads =
            [
                Read<VBuffer<float>>(cursor, "P"), Read<uint>(cursor, "Guess"), Read<VBuffer<float>>(cursor, "StepScores"),
                Read<int>(cursor, "StepsUsed"), Read<long>(cursor, "Spikes"), Read<long>(cursor, "SynapticOperations"),
                Read<long>(cursor, "Additions"), Read<long>(cursor, "MultiplyAdds"), Read<double>(cursor, "EnergyNanojoules"),
            ];
            Assert.Equal(0, Allocated(() =>
            {
                Assert.True(cursor.MoveNext());
                foreach (Action read in reads)
                    read();
            }));
        }
    }

    [Fact]
    public void The_trainers_model_allocates_nothing_either()
    {
        IDataView data = _context.Data.LoadFromEnumerable(Enumerable.Repeat(LabeledNetwork.Rows(1)[0], 2 * Rows));
        var parameters = new SpikingResNetModelParameters(_context, _network, "Score");
        var transformer = new MulticlassPredictionTransformer<SpikingResNetModelParameters>(
            _context, parameters, data.Schema, "Features", null, "Score", "PredictedLabel");
        IDataView scored = transformer.Transform(data);
        using DataViewRowCursor cursor = Cursor(scored);
        Action[] reads = [Read<VBuffer<float>>(cursor, "Score"), Read<uint>(cursor, "PredictedLabel")];
        Assert.Equal(0, Allocated(() =>
        {
            Assert.True(cursor.MoveNext());
            foreach (Action read in reads)
                read();
        }));
    }

    [Fact]
    public void A_prediction_engine_allocates_no_more_than_with_a_column_that_is_only_copied()
    {
        LabeledNetwork.Row row = LabeledNetwork.Rows(1)[0];
        IDataView data = LabeledNetwork.View(_context, 1);
        ITransformer scoring = _context.Transforms.ApplySpikingNetwork(_network).Fit(data);
        ITransformer copying = _context.Transforms.CopyColumns("Score", "Features").Fit(data);
        Assert.InRange(PerPrediction(scoring), 0, PerPrediction(copying));

        double PerPrediction(ITransformer model)
        {
            using PredictionEngine<LabeledNetwork.Row, Prediction> engine =
                _context.Model.CreatePredictionEngine<LabeledNetwork.Row, Prediction>(model);
            var prediction = new Prediction();
            return Allocated(() => engine.Predict(row, ref prediction));
        }
    }

    [Fact]
    public void A_hundred_thousand_predictions_from_8_threads_leave_the_memory_as_it_was()
    {
        const int Threads = 8;
        var network = new SpikingNetwork(RandomGraphs.Create(new(1, 3, 3, 8, 3, 1, 2, false), seed: 1));
        TinyRow[] rows =
            [.. Enumerable.Range(0, 10).Select(i => new TinyRow { Features = [.. Enumerable.Range(0, 9).Select(j => i * j % 7 / 3f)] })];
        ITransformer model = _context.Transforms.ApplySpikingNetwork(network).Fit(_context.Data.LoadFromEnumerable(rows));
        float[][] expected = [.. model.Transform(_context.Data.LoadFromEnumerable(rows)).GetColumn<float[]>("Score")];
        PredictionEngine<TinyRow, Prediction>[] engines =
            [.. Enumerable.Range(0, Threads).Select(_ => _context.Model.CreatePredictionEngine<TinyRow, Prediction>(model))];
        (long Managed, long Resident) before = Predict(20_000);
        (long managed, long resident) = Predict(100_000);
        // Keeping only the scores of each prediction would be 1.2 MB.
        Assert.InRange(managed - before.Managed, long.MinValue, 200_000);
        Assert.InRange(resident - before.Resident, long.MinValue, 8 << 20);
        foreach (PredictionEngine<TinyRow, Prediction> engine in engines)
            engine.Dispose();

        (long Managed, long Resident) Predict(int predictions)
        {
            int wrong = 0;
            Thread[] threads = [.. engines.Select(engine => new Thread(() =>
            {
                var prediction = new Prediction();
                for (int i = 0; i < predictions / Threads; i++)
                {
                    engine.Predict(rows[i % rows.Length], ref prediction);
                    if (!prediction.Score.GetValues().SequenceEqual(expected[i % rows.Length]))
                        Interlocked.Increment(ref wrong);
                }
            }))];
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => thread.Join());
            Assert.Equal(0, wrong);
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            using var process = System.Diagnostics.Process.GetCurrentProcess();
            return (GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64);
        }
    }

    private sealed class TinyRow
    {
        [VectorType(1, 3, 3)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Prediction
    {
        public VBuffer<float> Score { get; set; }
    }

    /// <summary>Bytes that this thread allocates in a number of calls, after as many to warm up.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Allocated(Action call)
    {
        for (int i = 0; i < Rows; i++)
            call();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Rows; i++)
            call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>The cursor itself: the usual one hands rows over between threads, for which ML.NET allocates.</summary>
    private static DataViewRowCursor Cursor(IDataView view) => view.GetRowCursorSet(view.Schema, 1).Single();

    private static Action Read<T>(DataViewRow row, string column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(row.Schema[column]);
        T value = default!;
        return () => getter(ref value);
    }
}
