using StreamCluster.Messages;
using StreamCluster.Streams;

namespace Samples.Tests.StreamClustering;

/// <summary>The rules of a stream, without a cluster.</summary>
public sealed class CameraStreamTests(TrainedEventModel trained)
{
    private const int Slice = RecordedStream.SliceEvents;

    private readonly RecordedStream _recorded = new(trained);

    [Fact]
    public void Batches_of_any_size_of_which_some_overlap_give_the_scores_of_one_session()
    {
        var random = new Random(1);
        var stream = new CameraStream(_recorded.Model.CreateSession());
        var slices = new List<SliceScores>();
        while (stream.Expected < RecordedStream.Count)
        {
            int first = (int)Math.Max(0, stream.Expected - random.Next(3) * random.Next(200));
            int end = (int)Math.Min(RecordedStream.Count, stream.Expected + random.Next(1, 500));
            (BatchOutcome outcome, SliceScores[] answer) = stream.Take(_recorded.Batch(first, end, slices.Count));
            Assert.Equal((BatchOutcome.Taken, (long)end), (outcome, stream.Expected));
            slices.AddRange(answer);
        }
        _recorded.AssertSlices(1, _recorded.Scores.Count, slices);
    }

    [Fact]
    public void A_batch_that_was_taken_before_is_passed_over_and_answered_with_the_scores_that_its_sender_lacks()
    {
        var stream = new CameraStream(_recorded.Model.CreateSession());
        stream.Take(_recorded.Batch(0, 4 * Slice + 1));
        for (int i = 0; i < 2; i++)
        {
            (BatchOutcome outcome, SliceScores[] slices) = stream.Take(_recorded.Batch(0, 4 * Slice + 1, received: 1));
            Assert.Equal((BatchOutcome.Repeated, 4 * Slice + 1), (outcome, stream.Expected));
            _recorded.AssertSlices(2, 4, slices);
        }
        (_, SliceScores[] next) = stream.Take(_recorded.Batch(4 * Slice + 1, 5 * Slice + 1, received: 4));
        _recorded.AssertSlices(5, 5, next);
    }

    [Fact]
    public void Where_events_are_missing_none_is_taken()
    {
        var stream = new CameraStream(_recorded.Model.CreateSession());
        stream.Take(_recorded.Batch(0, 100));
        (BatchOutcome outcome, SliceScores[] slices) = stream.Take(_recorded.Batch(101, 1000));
        Assert.Equal((BatchOutcome.Gap, 100), (outcome, stream.Expected));
        Assert.Empty(slices);
        (_, slices) = stream.Take(_recorded.Batch(100, RecordedStream.Count));
        _recorded.AssertSlices(1, _recorded.Scores.Count, slices);
    }

    [Fact]
    public void A_batch_without_events_is_answered_as_any_other()
    {
        var stream = new CameraStream(_recorded.Model.CreateSession());
        stream.Take(_recorded.Batch(0, Slice + 5));
        (BatchOutcome outcome, SliceScores[] slices) = stream.Take(new(0, [], 0));
        Assert.Equal((BatchOutcome.Repeated, Slice + 5), (outcome, stream.Expected));
        _recorded.AssertSlices(1, 1, slices);
        Assert.Equal(BatchOutcome.Taken, stream.Take(new(Slice + 5, [], 1)).Outcome);
        Assert.Equal(BatchOutcome.Gap, stream.Take(new(Slice + 6, [], 1)).Outcome);
        Assert.Equal(Slice + 5, stream.Expected);
    }

    [Fact]
    public void An_answer_has_no_more_than_the_most_slices_and_the_rest_of_the_batch_is_sent_again()
    {
        var stream = new CameraStream(StreamModel.Load(trained.Path, sliceEvents: 1, windowSlices: 2).CreateSession());
        var slices = new List<SliceScores>();
        for (int answers = 0; stream.Expected < RecordedStream.Count; answers++)
        {
            Assert.True(answers <= RecordedStream.Count / CameraStream.MostSlices);
            slices.AddRange(stream.Take(_recorded.Batch((int)stream.Expected, RecordedStream.Count, slices.Count)).Slices);
        }
        Assert.Equal(Enumerable.Range(1, RecordedStream.Count).Select(slice => (long)slice), slices.Select(slice => slice.Slice));

        // A sender that takes no note of what it has gets no more.
        stream.StartOver();
        stream.Take(_recorded.Batch(0, RecordedStream.Count));
        long before = stream.Expected;
        stream.Take(_recorded.Batch((int)before, RecordedStream.Count));
        Assert.Equal((CameraStream.MostSlices, before), (before, stream.Expected));
    }

    [Fact]
    public void A_stream_that_is_saved_within_a_slice_goes_on_elsewhere_with_all_scores()
    {
        var stream = new CameraStream(_recorded.Model.CreateSession());
        stream.Take(_recorded.Batch(0, 1000));
        var later = new CameraStream(_recorded.Model.CreateSession());
        StoredStream.Of(stream).RestoreTo(later);
        Assert.Equal((1000, 1000 / Slice), (later.Expected, later.SliceCount));

        // The answer to the first batch was lost, and comes with the second.
        (_, SliceScores[] slices) = later.Take(_recorded.Batch(1000, RecordedStream.Count));
        _recorded.AssertSlices(1, _recorded.Scores.Count, slices);
    }

    [Fact]
    public void A_snapshot_that_is_damaged_anywhere_is_refused_and_the_stream_starts_over()
    {
        var stream = new CameraStream(_recorded.Model.CreateSession());
        stream.Take(_recorded.Batch(0, 1000));
        byte[] whole = StoredStream.Of(stream).Bytes;
        var random = new Random(2);
        IEnumerable<int> places = Enumerable.Range(0, 30).Concat(Enumerable.Range(0, 50).Select(_ => random.Next(whole.Length)));
        foreach (int place in places.Append(whole.Length - 1))
        {
            byte[] changed = [.. whole];
            changed[place] ^= (byte)(1 << random.Next(8));
            foreach (byte[] bytes in (byte[][])[changed, whole[..place]])
            {
                var damaged = new StoredStream { Bytes = bytes };
                Assert.StartsWith("The snapshot ", Assert.Throws<InvalidDataException>(() => damaged.RestoreTo(stream)).Message);
            }
        }
        // One whose checksum fits, and whose number of events does not.
        Assert.Throws<InvalidDataException>(() => stream.Restore(new MemoryStream([.. Enumerable.Repeat((byte)0xFF, 100)])));
        Assert.Equal((0, 0), (stream.Expected, stream.SliceCount));
        _recorded.AssertSlices(1, 2, stream.Take(_recorded.Batch(0, 2 * Slice)).Slices);
    }

    [Theory]
    [InlineData(-1, 13, 0)]
    [InlineData(0, 14, 0)]
    [InlineData(0, 13 * (CameraStream.MostEvents + 1), 0)]
    [InlineData(0, 13, -1)]
    public void What_is_no_batch_is_refused(long first, int bytes, long received)
    {
        var stream = new CameraStream(_recorded.Model.CreateSession());
        Assert.Throws<StreamRefusedException>(() => stream.Take(new(first, new byte[bytes], received)));
        Assert.Equal(0, stream.Expected);
    }
}
