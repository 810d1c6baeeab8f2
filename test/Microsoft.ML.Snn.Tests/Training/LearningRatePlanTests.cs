using Microsoft.ML.Snn.Training.Running;

namespace Microsoft.ML.Snn.Tests.Training;

public class LearningRatePlanTests
{
    private const long BatchesPerEpoch = 10;

    public static TheoryData<LearningRateSchedule> WarmedUp =>
        [LearningRateSchedule.Cosine(2), LearningRateSchedule.Step(warmupEpochs: 2), LearningRateSchedule.Constant(2)];

    [Fact]
    public void Cosine_falls_from_the_full_rate_through_half_to_nothing()
    {
        var plan = new LearningRatePlan(LearningRateSchedule.Cosine(), 0.2, epochs: 8, BatchesPerEpoch);
        Assert.Equal(0.2, plan.At(0), 12);
        Assert.Equal(0.1, plan.At(40), 12);
        Assert.InRange(plan.At(79), 0, 1e-4);
    }

    [Fact]
    public void Step_falls_by_the_factor_at_each_step()
    {
        var plan = new LearningRatePlan(LearningRateSchedule.Step(epochs: 35, factor: 0.1), 1, epochs: 100, BatchesPerEpoch);
        Assert.Equal(1, plan.At(349), 12);
        Assert.Equal(0.1, plan.At(350), 12);
        Assert.Equal(0.01, plan.At(700), 12);
    }

    [Theory]
    [MemberData(nameof(WarmedUp), DisableDiscoveryEnumeration = true)]
    public void Warm_up_rises_in_equal_steps_to_the_full_rate(LearningRateSchedule schedule)
    {
        var plan = new LearningRatePlan(schedule, 2, epochs: 5, BatchesPerEpoch);
        for (int batch = 0; batch < 20; batch++)
            Assert.Equal(2 * (batch + 1) / 20.0, plan.At(batch), 12);
        Assert.Equal(2, plan.At(20), 12);
    }

    [Theory]
    [InlineData(0.15, 1)]
    [InlineData(0.01, 0)]
    [InlineData(double.Epsilon, 0)]
    public void Warm_up_of_no_whole_number_of_batches_never_exceeds_the_full_rate(double epochs, int rising)
    {
        var plan = new LearningRatePlan(LearningRateSchedule.Constant(epochs), 3, epochs: 5, BatchesPerEpoch);
        for (int batch = 0; batch < 5; batch++)
            Assert.Equal(batch < rising ? 3 * (batch + 1) / (epochs * BatchesPerEpoch) : 3, plan.At(batch), 12);
    }

    [Fact]
    public void Constant_stays() =>
        Assert.Equal(0.3, new LearningRatePlan(LearningRateSchedule.Constant(), 0.3, epochs: 100, BatchesPerEpoch).At(900), 12);

    [Fact]
    public void A_schedule_out_of_range_is_refused_where_it_is_made()
    {
        Assert.Equal("WarmupEpochs", Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Cosine(-1)).ParamName);
        Assert.Equal("WarmupEpochs", Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Constant(double.NaN)).ParamName);
        Assert.Equal("epochs", Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Step(epochs: 0)).ParamName);
        Assert.Equal("factor", Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Step(factor: 0)).ParamName);
        Assert.Equal("factor", Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Step(factor: 1.1)).ParamName);
    }
}
