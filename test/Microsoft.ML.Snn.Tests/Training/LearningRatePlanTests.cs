namespace Microsoft.ML.Snn.Tests.Training;

public class LearningRatePlanTests
{
    private const long BatchesPerEpoch = 10;

    [Fact]
    public void Cosine_falls_from_the_full_rate_through_half_to_nothing()
    {
        var plan = new LearningRatePlan(new() { LearningRate = 0.2, Epochs = 8, Schedule = LearningRateSchedule.Cosine }, BatchesPerEpoch);
        Assert.Equal(0.2, plan.At(0), 12);
        Assert.Equal(0.1, plan.At(40), 12);
        Assert.InRange(plan.At(79), 0, 1e-4);
    }

    [Fact]
    public void Step_falls_by_the_factor_at_each_step()
    {
        var plan = new LearningRatePlan(
            new() { LearningRate = 1, Epochs = 100, Schedule = LearningRateSchedule.Step, StepEpochs = 35, StepFactor = 0.1 }, BatchesPerEpoch);
        Assert.Equal(1, plan.At(349), 12);
        Assert.Equal(0.1, plan.At(350), 12);
        Assert.Equal(0.01, plan.At(700), 12);
    }

    [Theory]
    [InlineData(LearningRateSchedule.Cosine)]
    [InlineData(LearningRateSchedule.Step)]
    [InlineData(LearningRateSchedule.Constant)]
    public void Warm_up_rises_in_equal_steps_to_the_full_rate(LearningRateSchedule schedule)
    {
        var plan = new LearningRatePlan(new() { LearningRate = 2, Epochs = 5, Schedule = schedule, WarmupEpochs = 2 }, BatchesPerEpoch);
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
        var plan = new LearningRatePlan(
            new() { LearningRate = 3, Epochs = 5, Schedule = LearningRateSchedule.Constant, WarmupEpochs = epochs }, BatchesPerEpoch);
        for (int batch = 0; batch < 5; batch++)
            Assert.Equal(batch < rising ? 3 * (batch + 1) / (epochs * BatchesPerEpoch) : 3, plan.At(batch), 12);
    }

    [Fact]
    public void Constant_stays() =>
        Assert.Equal(0.3, new LearningRatePlan(new() { LearningRate = 0.3, Schedule = LearningRateSchedule.Constant }, BatchesPerEpoch).At(900), 12);
}
