namespace Microsoft.ML.Snn.Tests.Events;

public sealed class RecordingParts : IDisposable
{
    private readonly RecordingFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Larger than the blocks in which files are read.</summary>
    [Theory]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(0, 1000)]
    [InlineData(1000, 1001)]
    [InlineData(150_000, 280_000)]
    [InlineData(280_000, 150_000)]
    [InlineData(200_000, long.MaxValue)]
    [InlineData(long.MaxValue - 1, long.MaxValue)]
    public void A_part_of_a_file_is_that_part_of_the_whole(long start, long end)
    {
        // Some a little before the event before: the part is one of neighbors in the file, as Between takes it.
        var random = new Random(3);
        PolarityEvent[] events =
            [.. EventFiles.Make(60_000).Select(e => e with { TimeMicroseconds = e.TimeMicroseconds + random.Next(40) })];
        string path = Path.Combine(_folder.Path, _folder.Write("long.npy", EventFiles.Npy(events)));
        Assert.Equal(
            EventRecording.Load(path).Between(start, end).Events.ToArray(), EventRecording.LoadBetween(path, start, end).Events.ToArray());
        int first = Array.FindIndex(events, e => e.TimeMicroseconds >= start), until = first < 0 ? -1 :
            Array.FindIndex(events, first, e => e.TimeMicroseconds >= end);
        PolarityEvent[] expected = first < 0 ? [] : until < 0 ? events[first..] : events[first..until];
        Assert.Equal(expected, EventRecording.LoadBetween(path, start, end).Events.ToArray());
    }

    [Fact]
    public void What_comes_after_the_part_is_not_read()
    {
        PolarityEvent[] events = EventFiles.Make(60_000);
        string path = Path.Combine(_folder.Path, _folder.Write("cut.dat", EventFiles.Dat(events)[..^3]));
        Assert.Throws<InvalidDataException>(() => EventRecording.Load(path));
        Assert.NotEqual(0, EventRecording.LoadBetween(path, 2000, 9000).Count);
    }
}
