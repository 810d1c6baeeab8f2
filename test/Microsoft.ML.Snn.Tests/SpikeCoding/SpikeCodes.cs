using Microsoft.ML.Snn.SpikeCoding;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.SpikeCoding;

/// <summary>The codes as pure functions, against their equations.</summary>
public class SpikeCodes
{
    [Slow]
    [Theory]
    [InlineData(0f)]
    [InlineData(0.05f)]
    [InlineData(0.5f)]
    [InlineData(0.83f)]
    [InlineData(1f)]
    public void Rate_spikes_have_the_mean_and_variance_of_Bernoulli_draws(float x)
    {
        const int Count = 20_000, TimeSteps = 8;
        float[] spikes = Rate(Enumerable.Repeat(x, Count), TimeSteps, seed: 3);
        Assert.All(spikes, spike => Assert.True(spike is 0 or 1));

        double mean = spikes.Average(), sigma = Math.Sqrt(x * (1 - x) / (Count * TimeSteps));
        Assert.InRange(mean, x - 4 * sigma - 1e-6, x + 4 * sigma + 1e-6);

        // The count over independent steps is binomial; steps that follow one another or repeat would make it vary more or less.
        double[] counts =
            [.. Enumerable.Range(0, Count).Select(i => Enumerable.Range(0, TimeSteps).Sum(t => (double)spikes[t * Count + i]))];
        double variance = counts.Sum(count => Math.Pow(count - counts.Average(), 2)) / Count, expected = TimeSteps * x * (1 - x);
        Assert.InRange(variance, 0.95 * expected, 1.05 * expected);
    }

    [Fact]
    public void Rate_spikes_of_neighbors_do_not_depend_on_each_other()
    {
        float[] spikes = Rate(Enumerable.Repeat(0.5f, 40_000), 1, seed: 4);
        double both = Enumerable.Range(0, 39_999).Average(i => (double)(spikes[i] * spikes[i + 1]));
        Assert.InRange(both, 0.24, 0.26);
    }

    [Fact]
    public void Rate_spikes_depend_on_the_seed_and_on_all_values_of_the_row()
    {
        float[] row = [.. Enumerable.Repeat(0.5f, 1000)];
        float[] spikes = Rate(row, 4, seed: 1);
        Assert.Equal(spikes, Rate([.. row], 4, seed: 1));
        AssertIndependent(spikes, Rate(row, 4, seed: 2));
        row[999] = 0.50001f;
        AssertIndependent(spikes, Rate(row, 4, seed: 1));

        static void AssertIndependent(float[] a, float[] b) =>
            Assert.InRange(a.Zip(b).Count(pair => pair.First == pair.Second), 1850, 2150); // 4,000 coins: 2,000, sigma 32
    }

    [Theory]
    [InlineData(SpikeLatencyCurve.Linear)]
    [InlineData(SpikeLatencyCurve.Logarithmic)]
    public void Latency_gives_one_spike_a_value_and_the_larger_one_never_later(SpikeLatencyCurve curve)
    {
        const int TimeSteps = 6, Count = 1001;
        float[] values = [.. Enumerable.Range(0, Count).Select(i => i / 1000f)];
        var spikes = new float[TimeSteps * Count];
        Array.Fill(spikes, 9);
        LatencyCode.Encode(values, TimeSteps, curve, spikes);
        int[] times = [.. values.Select((_, i) => Assert.Single(SpikeTimes(spikes, TimeSteps, Count, i)))];
        Assert.Equal(times.OrderDescending(), times);
        Assert.Equal(TimeSteps - 1, times[0]);
        Assert.Equal(0, times[^1]);
        Assert.Equal(TimeSteps, times.Distinct().Count());
    }

    [Fact]
    public void Latency_times_are_those_of_the_equations()
    {
        const int TimeSteps = 7;
        double alpha = Math.Exp(TimeSteps - 1) - 1;
        float[] values = [0, 0.001f, 0.004f, 0.01f, 0.05f, 0.2f, 0.24f, 0.26f, 0.7f, 0.95f, 1];
        float[] linear = new float[TimeSteps * values.Length], logarithmic = new float[linear.Length];
        LatencyCode.Encode(values, TimeSteps, SpikeLatencyCurve.Linear, linear);
        LatencyCode.Encode(values, TimeSteps, SpikeLatencyCurve.Logarithmic, logarithmic);
        for (int i = 0; i < values.Length; i++)
        {
            double linearTime = (TimeSteps - 1) * (1 - (double)values[i]);
            double logarithmicTime = TimeSteps - 1 - Math.Log(alpha * values[i] + 1);
            Assert.Equal([(int)Math.Round(linearTime)], SpikeTimes(linear, TimeSteps, values.Length, i));
            Assert.Equal([(int)Math.Round(logarithmicTime)], SpikeTimes(logarithmic, TimeSteps, values.Length, i));
        }
    }

    [Fact]
    public void Logarithmic_latency_works_where_its_alpha_is_beyond_a_double()
    {
        var spikes = new float[1000 * 3];
        LatencyCode.Encode([0, 0.5f, 1], 1000, SpikeLatencyCurve.Logarithmic, spikes);
        Assert.Equal([999], SpikeTimes(spikes, 1000, 3, 0));
        Assert.Equal([1], SpikeTimes(spikes, 1000, 3, 1)); // ln 2, rounded
        Assert.Equal([0], SpikeTimes(spikes, 1000, 3, 2));
    }

    [Fact]
    public void Delta_spikes_where_a_series_changes_by_the_threshold_or_more()
    {
        float[] series =
        [
            5, 0,
            5.5f, 0.25f, // ON at the threshold itself; too little
            5.5f, -1, // nothing; OFF
            4, 1, // OFF; ON
        ];
        var spikes = new float[16];
        Array.Fill(spikes, 9);
        DeltaCode.Encode(series, 4, 0.5f, spikes);
        Assert.Equal([0, 0, 0, 0, /**/ 0, 0, 1, 0, /**/ 0, 1, 0, 0, /**/ 1, 0, 0, 1], spikes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    public void Phase_adds_up_to_the_value_exactly(int timeSteps)
    {
        double unit = Math.Pow(2, -timeSteps);
        var random = new Random(6);
        float[] values = [0, .. Enumerable.Range(0, 200).Select(_ => (float)(random.NextInt64(1L << timeSteps) * unit)), (float)(1 - unit)];
        float[] sums = PhaseSums(values, timeSteps);
        Assert.Equal(values, sums);
    }

    [Fact]
    public void Phase_rounds_down_what_its_bits_cannot_say()
    {
        Assert.Equal([0.625f, 0.125f, 0.875f, 0], PhaseSums([0.7f, 0.249f, 1, 0.124f], timeSteps: 3));

        var spikes = new float[3];
        PhaseCode.Encode([0.7f], 3, spikes);
        Assert.Equal([0.5f, 0, 0.125f], spikes); // 101
    }

    [Fact]
    public void Population_fields_spike_the_earlier_the_nearer_they_are()
    {
        const int Fields = 6, TimeSteps = 10;
        float[] values = [0, 0.125f, 0.3f, 0.625f, 0.9f, 1];
        var spikes = new float[TimeSteps * values.Length * Fields];
        PopulationCode.Encode(values, 1, Fields, TimeSteps, spikes);
        for (int i = 0; i < values.Length; i++)
        {
            for (int field = 1; field <= Fields; field++)
            {
                double center = (2 * field - 3) / 2.0 / (Fields - 2), deviation = 1 / (1.5 * (Fields - 2));
                double response = Math.Exp(-Math.Pow(values[i] - center, 2) / (2 * deviation * deviation));
                int time = (int)Math.Round((1 - response) * TimeSteps);
                int[] expected = time < TimeSteps ? [time] : [];
                Assert.Equal(expected, SpikeTimes(spikes, TimeSteps, values.Length * Fields, i * Fields + field - 1));
            }
        }
        // 0.125 and 0.625 are centers themselves.
        Assert.Equal([0], SpikeTimes(spikes, TimeSteps, values.Length * Fields, 1 * Fields + 1));
        Assert.Equal([0], SpikeTimes(spikes, TimeSteps, values.Length * Fields, 3 * Fields + 3));
    }

    [Fact]
    public void Population_keeps_the_fields_of_a_channel_together_and_pixels_in_place()
    {
        const int Fields = 3, TimeSteps = 4, PlaneLength = 5, Channels = 2;
        var random = new Random(2);
        float[] values = [.. Enumerable.Range(0, Channels * PlaneLength).Select(_ => random.NextSingle())];
        var spikes = new float[TimeSteps * Fields * values.Length];
        PopulationCode.Encode(values, PlaneLength, Fields, TimeSteps, spikes);
        for (int c = 0; c < Channels; c++)
        {
            for (int p = 0; p < PlaneLength; p++)
            {
                var alone = new float[TimeSteps * Fields];
                PopulationCode.Encode([values[c * PlaneLength + p]], 1, Fields, TimeSteps, alone);
                for (int i = 0; i < alone.Length; i++)
                    Assert.Equal(alone[i], spikes[(i / Fields * Channels * Fields + c * Fields + i % Fields) * PlaneLength + p]);
            }
        }
    }

    [Fact]
    public void Direct_repeats_the_values()
    {
        var repeated = new float[6];
        DirectCode.Encode([3, -8.5f], 3, repeated);
        Assert.Equal([3, -8.5f, 3, -8.5f, 3, -8.5f], repeated);
    }

    private static float[] Rate(IEnumerable<float> values, int timeSteps, int seed)
    {
        float[] row = [.. values];
        var spikes = new float[timeSteps * row.Length];
        RateCode.Encode(row, timeSteps, seed, spikes);
        return spikes;
    }

    private static float[] PhaseSums(float[] values, int timeSteps)
    {
        var spikes = new float[timeSteps * values.Length];
        PhaseCode.Encode(values, timeSteps, spikes);
        return [.. values.Select((_, i) => Enumerable.Range(0, timeSteps).Sum(t => spikes[t * values.Length + i]))];
    }

    private static int[] SpikeTimes(float[] spikes, int timeSteps, int length, int index)
    {
        Assert.All(spikes, spike => Assert.True(spike is 0 or 1));
        return [.. Enumerable.Range(0, timeSteps).Where(t => spikes[t * length + index] == 1)];
    }
}
