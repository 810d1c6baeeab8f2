namespace Microsoft.ML.Snn;

/// <summary>Makes the batches of every epoch over one set of samples.</summary>
internal sealed class BatchSource
{
    // Limits the pool for views that cannot shuffle, whatever the cache would allow.
    private const int MaxPoolSize = 8192;

    private readonly ExampleSet _set;
    private readonly ExampleSurvey _survey;
    private readonly SamplePreparation _preparation;
    private readonly SeedSequence? _seeds;
    private readonly int _poolSize;
    private readonly List<Batch> _free = [];

    /// <param name="seeds">Shuffles and augments; null for samples in the order of their rows, as they are.</param>
    public BatchSource(ExampleSet set, ExampleSurvey survey, SamplePreparation preparation, int batchSize, long cacheBytes, SeedSequence? seeds)
    {
        _set = set;
        _survey = survey;
        _preparation = preparation;
        _seeds = seeds;
        BatchesPerEpoch = (survey.Count - 1) / batchSize + 1;
        _poolSize = (int)Math.Clamp(cacheBytes / (sizeof(float) * (long)set.Shape.Length), batchSize, MaxPoolSize);
    }

    public long BatchesPerEpoch { get; }

    /// <summary>Whether an epoch may see only neighbouring rows mixed, and no permutation of all.</summary>
    public bool IsPooled => _survey.Store is null && !_set.Data.Data.CanShuffle;

    /// <summary>Starts to make an epoch's batches on another thread.</summary>
    public BatchQueue StartEpoch(int epoch, CancellationToken cancellationToken) => new(add => Produce(epoch, add), Return, cancellationToken);

    private void Produce(int epoch, Action<Batch> add)
    {
        Random? augmentation = _seeds is { } seeds ? new Random(seeds.Augmentation(epoch)) : null;
        using ExampleStream stream = _seeds is { } order
            ? ExampleStream.Shuffled(_set, _survey.Store, _poolSize, new Random(order.Order(epoch)))
            : ExampleStream.InOrder(_set, _survey.Store);
        var raw = new float[_set.Shape.Length];
        long size = _survey.Count / BatchesPerEpoch, larger = _survey.Count % BatchesPerEpoch;
        for (long b = 0; b < BatchesPerEpoch; b++)
        {
            Batch batch = Rent((int)(b < larger ? size + 1 : size));
            for (int i = 0; i < batch.Count; i++)
            {
                if (!stream.Next(raw, out int label, out float weight))
                {
                    throw new InvalidOperationException(
                        $"The data gave fewer than the {_survey.Count} rows of its first pass. A training set must be the same each time it is read.");
                }
                _preparation.Prepare(raw, batch.Features.AsSpan(i * raw.Length, raw.Length), augmentation);
                batch.Labels[i] = label;
                batch.Weights[i] = weight;
            }
            add(batch);
        }
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
        return new Batch(count, _set.Shape.Length);
    }

    private void Return(Batch batch)
    {
        lock (_free)
            _free.Add(batch);
    }
}
