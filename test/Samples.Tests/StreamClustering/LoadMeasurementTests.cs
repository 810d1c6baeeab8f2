using StreamCluster.Load;
using StreamCluster.Messages;

namespace Samples.Tests.StreamClustering;

/// <summary>What a load measures, without a cluster.</summary>
public sealed class LoadMeasurementTests(TrainedEventModel trained)
{
    private readonly RecordedStream _recorded = new(trained);

    [Fact]
    public void Quantiles_are_those_of_the_sorted_times_to_one_percent()
    {
        var random = new Random(1);
        // From a microsecond to eleven days.
        double[] times = [.. Enumerable.Range(0, 10_000).Select(_ => Math.Pow(10, 12 * random.NextDouble() - 6)).Order()];
        var histogram = new TimeHistogram();
        Parallel.ForEach(times, histogram.Add);
        double[] parts = [1e-4, 0.25, 0.5, 0.99, 1];
        (long count, double[] seconds) = histogram.Read(parts);
        Assert.Equal(times.Length, count);
        for (int i = 0; i < parts.Length; i++)
        {
            double exact = times[(int)Math.Ceiling(parts[i] * times.Length) - 1];
            Assert.InRange(seconds[i], exact * (1 - 1e-9), exact * (1.01 + 1e-9));
        }
    }

    [Fact]
    public void Times_out_of_range_and_none_at_all_have_quantiles_too()
    {
        var histogram = new TimeHistogram();
        Assert.Equal((0, 0), (histogram.Read(0.5).Count, histogram.Read(0.5).Seconds[0]));
        histogram.Add(0);
        histogram.Add(1e9);
        (long count, double[] seconds) = histogram.Read(0.5, 1);
        Assert.Equal(2, count);
        Assert.Equal(1e-6, seconds[0], 1e-12);
        Assert.InRange(seconds[1], 1e6, 1.02e6);
    }

    [Fact]
    public void Reports_say_the_longest_reconnection()
    {
        var tally = new LoadTally();
        foreach (double seconds in (double[])[1, 3, 2])
            tally.AddReconnection(TimeSpan.FromSeconds(seconds));
        tally.AddSlice(TimeSpan.FromSeconds(0.5));
        LoadReport report = tally.Report(started: 0);
        Assert.Equal((1, 3, 3), (report.Slices, report.Reconnections, report.LongestReconnectionSeconds));
        Assert.InRange(report.MedianSeconds, 0.5, 0.505);
    }

    [Fact]
    public void Local_scores_are_kept_as_long_as_a_stream_may_score_them_again()
    {
        const int Slice = RecordedStream.SliceEvents;
        var local = new LocalScores(
            _recorded.Model.CreateSession(), new(_recorded.Model.FrameHeight, _recorded.Model.FrameWidth, seed: 3), RecordedStream.Count);
        Assert.True(Matches(6));
        // Slices 1 to 3 end below that event, and the scores of the third have not come.
        local.Forget(stored: 3 * Slice + 1, received: 2);
        Assert.False(Matches(2));
        Assert.True(Matches(3));
        // The fifth ends where the snapshot does: it may have been scored after it.
        local.Forget(stored: 5 * Slice, received: 6);
        Assert.False(Matches(4));
        Assert.True(Matches(5));
        local.Forget(stored: RecordedStream.Count, received: 6);
        Assert.False(Matches(6));
        Assert.Equal(_recorded.Scores.Count, local.CountSlices());
        Assert.True(Matches(_recorded.Scores.Count));

        bool Matches(int slice) => local.Matches(new SliceScores(slice, _recorded.Scores[slice - 1]));
    }

    [Fact]
    public async Task A_load_that_is_canceled_tells_nothing_more()
    {
        using var stop = new CancellationTokenSource();
        var cameras = new TaskCompletionSource();
        int told = 0;
        await LoadRun.TellUntilAsync(cameras.Task, () =>
        {
            // Cameras take a while to end.
            Assert.True(++told < 10);
            stop.Cancel();
        }, TimeSpan.FromMilliseconds(1), stop.Token);
        Assert.Equal(1, told);
        cameras.SetResult();
        await LoadRun.TellUntilAsync(cameras.Task, () => told++, TimeSpan.FromDays(1), CancellationToken.None);
        Assert.Equal(1, told);
    }
}
