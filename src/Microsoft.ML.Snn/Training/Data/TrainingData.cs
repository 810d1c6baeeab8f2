using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn.Training.Data;

/// <summary>The samples of a training run after the first pass over them: what is known of them, and where batches come from.</summary>
internal sealed class TrainingData
{
    private TrainingData(ExampleSurvey training, ExampleSurvey? validation, BatchSource batches)
    {
        Count = training.Count;
        ClassCounts = training.ClassCounts;
        ValidationClassCounts = validation?.ClassCounts;
        ContentHash = training.ContentHash;
        ValidationHash = validation?.ContentHash;
        Training = batches;
    }

    /// <summary>Number of training samples.</summary>
    public long Count { get; }

    /// <summary>Training samples of each class.</summary>
    public IReadOnlyList<long> ClassCounts { get; }

    /// <summary>Validation samples of each class; null without any.</summary>
    public IReadOnlyList<long>? ValidationClassCounts { get; }

    /// <summary>See <see cref="ExampleSurvey.ContentHash"/>.</summary>
    public UInt128 ContentHash { get; }

    /// <summary>Likewise of the validation samples; null without any.</summary>
    public UInt128? ValidationHash { get; }

    /// <summary>What to learn.</summary>
    public BatchSource Training { get; }

    /// <summary>What to validate on; null for nothing.</summary>
    public BatchSource? Validation { get; private init; }

    /// <summary>Mean and deviation of each channel, which batches no longer have; null where they are as they were.</summary>
    public (float[] Mean, float[] Deviation)? Normalization { get; private init; }

    /// <summary>The first samples of the first epoch, as they are shuffled and augmented there.</summary>
    /// <param name="samples">How many; all where there are fewer. Null for a batch.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public Batch ReadProbe(int? samples, CancellationToken cancellationToken)
    {
        using BatchQueue batches = Training.StartEpoch(epoch: 0, cancellationToken, whole: true);
        Batch? probe = null;
        int done = 0;
        while (batches.TryTake(out Batch batch))
        {
            probe ??= new Batch(
                (int)Math.Min(samples ?? batch.Count, Count), batch.Features.Length / batch.Count, batch.Teacher.Length / batch.Count);
            done += batch.CopyTo(probe, done);
            batches.Return(batch);
            if (done == probe.Count)
                break;
        }
        return probe!;
    }

    /// <summary>Reads all samples once, or their labels where that is enough.</summary>
    /// <param name="training">The training set, or what is split into it and the validation set.</param>
    /// <param name="validation">A validation set of its own; null for the plan's fraction, or none.</param>
    /// <param name="plan">How to read.</param>
    /// <param name="channel">Takes warnings.</param>
    /// <param name="checkAlive">Throws where the run was canceled.</param>
    /// <exception cref="InvalidOperationException">A set is empty, or a sample cannot be trained on: the message names the row.</exception>
    public static TrainingData Read(
        RoleMappedData training, RoleMappedData? validation, ReadingPlan plan, IChannel channel, Action checkAlive)
    {
        ExampleColumns columns = plan.Columns;
        var trainingSet = new ExampleSet(training, columns.Shape, ExampleSet.TrainingName) { Teacher = plan.Teacher };
        ExampleSet? validationSet = validation is null ? null : new(validation, columns.Shape, ExampleSet.ValidationName);
        if (validation is null && plan.ValidationFraction > 0)
        {
            ExampleSet split = trainingSet with { ValidationFraction = plan.ValidationFraction, SplitSeed = plan.Seeds.Split };
            trainingSet = split with { Part = ExamplePart.Training };
            validationSet = split with { Part = ExamplePart.Validation, Name = ExampleSet.ValidationName, Teacher = null };
        }

        // The training set's samples come first for the cache: they are read far more often.
        long cacheBytes = plan.CacheBytes;
        ExampleSurvey survey = Survey(trainingSet, cacheBytes);
        LabelKeys.WarnOfUnusedKeys(trainingSet.LabelColumn, survey.ClassCounts, channel);
        plan.Augmentation?.RandAugment?.CheckPixels(survey.Least, survey.Largest, trainingSet.FeatureColumnName);
        if (plan.Augmentation is { } changes)
            EventChanges.CheckCounts(changes, survey.Least, survey.Largest, trainingSet.FeatureColumnName);
        (float[], float[])? normalization = plan.Normalizes
            ? plan.Normalization ?? survey.Normalization(trainingSet.FeatureColumnName) : null;
        var preparation = new SamplePreparation(columns.Shape, normalization, plan.Augmentation);
        SampleMixing? mixing = SampleMixing.IsAsked(plan.Augmentation) ? new(columns.Shape, plan.Augmentation!) : null;
        var batches = new BatchSource(trainingSet with { ChecksValues = !survey.IsWhole }, survey, preparation, plan.BatchSize, cacheBytes, plan.Seeds, mixing, plan.Rank);
        cacheBytes = Math.Max(0, cacheBytes - (survey.Store?.Bytes ?? batches.PoolBytes));

        // Of several ranks, the first alone validates.
        ExampleSurvey? validationSurvey = validationSet is null || plan.Rank is { Rank: > 0 }
            ? null : Survey(validationSet, cacheBytes);
        return new(survey, validationSurvey, batches)
        {
            Validation = validationSurvey is null
                ? null
                : new BatchSource(
                    validationSet! with { ChecksValues = !validationSurvey.IsWhole }, validationSurvey, preparation, plan.BatchSize, cacheBytes,
                    seeds: null),
            Normalization = normalization,
        };

        ExampleSurvey Survey(ExampleSet set, long cache) =>
            (plan.MaySkipFirstPass && set.Part == ExamplePart.All
                ? ExampleSurvey.OfLabels(set, columns.Classes, cache, channel, checkAlive) : null)
            ?? ExampleSurvey.Of(set, columns.Classes, cache, channel, checkAlive);
    }
}
