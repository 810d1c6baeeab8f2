namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>Tables written by NumPy, against the events that they were made of.</summary>
public class TableCases
{
    private static readonly PolarityEvent[] _events =
        [.. Enumerable.Range(0, 40).Select(i => new PolarityEvent(1000 + 100 * i, (ushort)(7 * i % 128), (ushort)(5 * i % 128), i % 2 == 1))];

    [Theory]
    [InlineData("np_seconds.npy", EventTimeUnit.Seconds)]
    [InlineData("np_td64.npy", null)]
    [InlineData("ev_label.npz", null)]
    public void A_table_is_read_as_its_events(string name, EventTimeUnit? unit) =>
        Assert.Equal(_events, EventRecording.Load(RealData.Path("events/cases/" + name), new() { TimeUnit = unit }).Events.ToArray());

    [Fact]
    public void Seconds_that_nobody_announced_are_refused_with_the_option()
    {
        var refusal = Assert.Throws<InvalidDataException>(() => EventRecording.Load(RealData.Path("events/cases/np_seconds.npy")));
        Assert.Contains(nameof(EventReadOptions.TimeUnit), refusal.Message, StringComparison.Ordinal);
    }
}
