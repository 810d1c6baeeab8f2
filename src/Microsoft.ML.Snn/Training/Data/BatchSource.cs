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
    private readonly List<Batch> _free = [];

    /// <param name="seeds">Shuffles and augments; null for samples in the order of their rows, as they are.</param>
    /// <param name="mixing">Mixes the samples of a batch, where there are seeds; null for none.</param>
    public BatchSource(ExampleSet set, ExampleSurvey survey, SamplePreparation preparation, int batchSize, long cacheBytes,
        SeedSequence? seeds, SampleMixing? mixing = null)
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
    }

    public long BatchesPerEpoch { get; }

    /// <summary>Rows among which an epoch draws at random; 0 where it permutes all of them.</summary>
    public int PoolSize { get; }

    public long PoolBytes { get; }

    /// <summary>Mean of the samples' weights.</summary>
    public double MeanWeight => _survey.MeanWeight;

    /// <summary>Starts to make an epoch's batches on another thread.</summary>
    public BatchQueue StartEpoch(int epoch, CancellationToken cancellationToken) =>
        new((add, stop) => Produce(epoch, add, stop), Return, cancellationToken);

    private void Produce(int epoch, Action<Batch> add, CancellationToken stop)
    {
        Random? augmentation = _seeds is { } seeds ? new Random(seeds.Augmentation(epoch)) : null;
        Random? mixing = _mixing is not null ? new Random(_seeds!.Value.Mixing(epoch)) : null;
        using ExampleStream stream = _seeds is { } order
            ? ExampleStream.Shuffled(_set, _survey.Store, PoolSize, new Random(order.Order(epoch)))
            : ExampleStream.InOrder(_set, _survey.Store);
        var raw = new float[_set.Shape.Length];
        long size = _survey.Count / BatchesPerEpoch, larger = _survey.Count % BatchesPerEpoch;
        for (long b = 0; b < BatchesPerEpoch; b++)
        {
            Batch batch = Rent((int)(b < larger ? size + 1 : size));
            for (int i = 0; i < batch.Count; i++)
            {
                stop.ThrowIfCancellationRequested();
                if (!stream.Next(raw, out ExampleTarget target))
                    throw Changed("fewer");
                _preparation.Prepare(raw, batch.Features.AsSpan(i * raw.Length, raw.Length), augmentation);
                batch.Labels[i] = target.Label;
                batch.Weights[i] = target.Weight;
                target.Teacher?.CopyTo(batch.Teacher, i * _teacherLength);
            }
            _mixing?.Apply(batch, mixing!);
            add(batch);
        }
        if (stream.Next(raw, out _))
            throw Changed("more");

        InvalidOperationException Changed(string how) => new(
            $"Now there are {how} than the {_survey.Count} rows of the first pass in {_set.Name}. It must be the same each time it is "
                + "read.");
    }

    private Batch Rent(int count)
    {
        lock (_free)
        {
            int index = _free.FindIndex(batch => batch.Count == count);
            if (index >= 0)
            {
                Batch batch = _free[index];
                _free.RemoveAt(index);
                return batch;
            }
        }
        return new Batch(count, _set.Shape.Length, _teacherLength);
    }

    private void Return(Batch batch)
    {
        lock (_free)
            _free.Add(batch);
    }
}
