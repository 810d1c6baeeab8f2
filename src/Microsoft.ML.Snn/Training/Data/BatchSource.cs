using Microsoft.ML.Snn.Components;

namespace Microsoft.ML.Snn.Training.Data;

/// <summary>Makes the batches of every epoch over one set of samples.</summary>
internal sealed class BatchSource
{
    // Limits the pool for views that cannot shuffle, whatever the cache would allow.
    private const int MaxPoolSize = 8192;

    private readonly ExampleSet _set;
    private readonly ExampleSurvey _survey;
    private readonly SamplePreparation _preparation;
    private readonly SeedSequence? _seeds;
    private readonly int _teacherLength;
    private readonly SampleMixing? _mixing;
    private readonly EpochPart _part;
    private readonly bool _augments;
    private readonly List<Batch> _free = [];

    /// <param name="seeds">Shuffles and augments; null for samples in the order of their rows, as they are.</param>
    /// <param name="mixing">Mixes the samples of a batch, where there are seeds; null for none.</param>
    /// <param name="rank">Which part of each batch to make, of how many.</param>
    /// <exception cref="ArgumentOutOfRangeException">A batch does not fit into an array, or has not a sample for each rank.</exception>
    public BatchSource(ExampleSet set, ExampleSurvey survey, SamplePreparation preparation, int batchSize, long cacheBytes,
        SeedSequence? seeds, SampleMixing? mixing = null, (int Rank, int Ranks)? rank = null)
    {
        _teacherLength = set.Teacher is null ? 0 : survey.ClassCounts.Count;
        long sampleBytes = sizeof(float) * ((long)set.Shape.Length + _teacherLength);
        if (batchSize * sampleBytes > Array.MaxLength)
        {
            throw ColumnCheck.Unsuitable(
                $"The option BatchSize, {batchSize}, is too large: a batch of samples {set.Shape} must fit into 2 GiB.", "BatchSize");
        }
        _set = set;
        _survey = survey;
        _preparation = preparation;
        _seeds = seeds;
        _mixing = mixing;
        BatchesPerEpoch = (survey.Count - 1) / batchSize + 1;
        PoolSize = survey.Store is null && seeds is not null
            ? (int)Math.Max(batchSize, Math.Min(cacheBytes / sampleBytes, MaxPoolSize)) : 0;
        PoolBytes = PoolSize * sampleBytes;
        (int own, int ranks) = rank ?? (0, 1);
        if (survey.Count / BatchesPerEpoch < ranks)
        {
            throw ColumnCheck.Unsuitable(
                $"A batch of {set.Name} has as few as {survey.Count / BatchesPerEpoch} samples, but there are {ranks} ranks, and each needs "
                + "at least one. Start fewer processes, or raise the option BatchSize.", "BatchSize");
        }
        _part = new(own, ranks, survey.Count, BatchesPerEpoch, ReadsNext: mixing is not null && ranks > 1);
        _augments = seeds is not null && preparation.Augments;
    }

    public long BatchesPerEpoch { get; }

    /// <summary>Rows among which an epoch draws at random; 0 where it permutes all of them.</summary>
    public int PoolSize { get; }

    public long PoolBytes { get; }

    /// <summary>Mean of the samples' weights.</summary>
    public double MeanWeight => _survey.MeanWeight;

    /// <summary>Starts to make an epoch's batches on another thread: this rank's part of each, where there are others.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="whole">Whether to make all of each batch though others have parts of it.</param>
    public BatchQueue StartEpoch(int epoch, CancellationToken cancellationToken, bool whole = false) =>
        new((add, stop) => Produce(epoch, whole ? Whole : _part, add, stop), Return, cancellationToken);

    private EpochPart Whole => new(0, 1, _survey.Count, BatchesPerEpoch, ReadsNext: false);

    private void Produce(int epoch, EpochPart part, Action<Batch> add, CancellationToken stop)
    {
        using ExampleStream stream = _seeds is { } order
            ? ExampleStream.Shuffled(
                _set, _survey.Store, PoolSize, new Random(order.Order(epoch)), new Random(order.Rows(epoch)), part.Ranks > 1 ? part : null)
            : ExampleStream.InOrder(_set, _survey.Store);
        var raw = new float[_set.Shape.Length];
        Batch? next = part.ReadsNext ? new Batch(1, raw.Length, _teacherLength) : null;
        long position = 0;
        for (long b = 0; b < BatchesPerEpoch; b++)
        {
            int size = part.BatchSize(b), nextAt = part.NextAfter(size);
            (int start, int end) = part.Of(size);
            Batch batch = Rent(end - start, size);
            for (int i = 0; i < size; i++, position++)
            {
                stop.ThrowIfCancellationRequested();
                bool isOwn = i >= start && i < end;
                if (!(isOwn || i == nextAt ? Read(isOwn ? batch : next!, isOwn ? i - start : 0) : stream.Skip()))
                    throw Changed("fewer");
                // The batch's first sample comes after its last.
                if (isOwn && i == nextAt)
                    batch.CopyTo(next!, 0);
            }
            long first = position - size + start;
            _mixing?.Apply(batch, i => new Random(_seeds!.Value.Mixing(epoch, first + i)), next);
            add(batch);
        }
        if (stream.Next(raw, out _))
            throw Changed("more");

        bool Read(Batch batch, int index)
        {
            if (!stream.Next(raw, out ExampleTarget target))
                return false;
            _preparation.Prepare(
                raw, batch.Features.AsSpan(index * raw.Length, raw.Length),
                _augments ? new Random(_seeds!.Value.Augmentation(epoch, position)) : null);
            batch.Labels[index] = target.Label;
            batch.Weights[index] = target.Weight;
            target.Teacher?.CopyTo(batch.Teacher, index * _teacherLength);
            return true;
        }

        InvalidOperationException Changed(string how) => new(
            $"Now there are {how} than the {_survey.Count} rows of the first pass in {_set.Name}. It must be the same each time it is "
                + "read.");
    }

    private Batch Rent(int count, int total)
    {
        lock (_free)
        {
            int index = _free.FindIndex(batch => batch.Count == count);
            if (index >= 0)
            {
                Batch batch = _free[index];
                _free.RemoveAt(index);
                batch.Total = total;
                return batch;
            }
        }
        return new Batch(count, _set.Shape.Length, _teacherLength) { Total = total };
    }

    private void Return(Batch batch)
    {
        lock (_free)
            _free.Add(batch);
    }
}
