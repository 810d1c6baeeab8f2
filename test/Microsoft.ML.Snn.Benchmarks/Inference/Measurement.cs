using System.Diagnostics;

namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>Times of one contender, and how far its scores are from the first one's.</summary>
internal sealed class Measurement(string name)
{
    private const int MinTurns = 3, MaxTurns = 101;

    // One that is so much slower than the fastest gets no more turns than it must: a median of three will do.
    private const double Hopeless = 8;

    private readonly List<double> _wall = [], _processor = [];

    public string Name => name;

    /// <summary>Median wall-clock milliseconds of a call.</summary>
    public double Median => MedianOf(_wall);

    /// <summary>Shortest call.</summary>
    public double Best => _wall.Min();

    /// <summary>
    /// Median milliseconds that the process's threads computed for in a call: what others do on the machine plays less of a part.
    /// </summary>
    public double Processor => MedianOf(_processor);

    public string Difference { get; private set; } = "";

    /// <summary>Lets the contenders take turns until the time is over: what slows the machine down slows all of them.</summary>
    /// <param name="contenders">Those to measure, the first being the one that others' scores are compared with.</param>
    /// <param name="batches">Features of rows; the first batch is timed, the scores of all are compared.</param>
    /// <param name="rows">Rows of a batch.</param>
    /// <param name="classes">Scores of a row.</param>
    /// <param name="time">When the last turn begins at the latest.</param>
    public static Measurement[] InTurns(IContender[] contenders, float[][] batches, int rows, int classes, TimeSpan time)
    {
        Measurement[] measured = [.. contenders.Select(contender => new Measurement(contender.Name))];
        float[][] compared = [.. contenders.Select(contender => Score(contender, batches, rows, classes))];
        float[] features = batches[0], scores = new float[rows * classes];
        using var process = Process.GetCurrentProcess();
        var total = Stopwatch.StartNew();
        for (int turn = 0; turn < MaxTurns && (turn < MinTurns || total.Elapsed < time); turn++)
        {
            for (int i = 0; i < contenders.Length; i++)
            {
                if (turn >= MinTurns && measured[i].Best > Hopeless * measured.Min(other => other.Best))
                    continue;
                TimeSpan before = Processed();
                var clock = Stopwatch.StartNew();
                contenders[i].Score(features, rows, scores);
                measured[i]._wall.Add(clock.Elapsed.TotalMilliseconds);
                measured[i]._processor.Add((Processed() - before).TotalMilliseconds);
            }
        }
        for (int i = 1; i < contenders.Length; i++)
            measured[i].Difference = Compare(compared[0], compared[i], classes);
        return measured;

        TimeSpan Processed()
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    private static float[] Score(IContender contender, float[][] batches, int rows, int classes)
    {
        float[] batchScores = new float[rows * classes];
        return [.. batches.SelectMany(batch =>
        {
            contender.Score(batch, rows, batchScores);
            return batchScores.ToArray();
        })];
    }

    private static string Compare(float[] expected, float[] actual, int classes)
    {
        float largest = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
        int same = expected.Chunk(classes).Zip(actual.Chunk(classes)).Count(pair => IndexOfMax(pair.First) == IndexOfMax(pair.Second));
        return $"same class {same}/{expected.Length / classes}, largest difference {largest:F3}";
    }

    private static int IndexOfMax(float[] values) => Array.IndexOf(values, values.Max());

    private static double MedianOf(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
