namespace Microsoft.ML.Snn.Training.Data;

/// <summary>
/// What one of several ranks makes of an epoch: of each batch of N samples, rank r of K has those from N r / K to N (r + 1) / K, rounded
/// down. So the ranks' parts of a batch, one after the other, are the batch that a rank which is alone would have.
/// </summary>
/// <param name="Rank">r.</param>
/// <param name="Ranks">K, no more than the smallest batch has samples.</param>
/// <param name="Samples">Of the epoch.</param>
/// <param name="Batches">Of the epoch.</param>
/// <param name="ReadsNext">Whether the sample after the last of each part is needed too; after the batch's last comes its first.</param>
internal sealed record EpochPart(int Rank, int Ranks, long Samples, long Batches, bool ReadsNext)
{
    /// <summary>Samples of a batch: the first ones of an epoch may have one more than the others.</summary>
    public int BatchSize(long batch) => (int)(Samples / Batches) + (batch < Samples % Batches ? 1 : 0);

    /// <summary>This rank's part of a batch.</summary>
    public (int Start, int End) Of(int batchSize) =>
        ((int)((long)batchSize * Rank / Ranks), (int)((long)batchSize * (Rank + 1) / Ranks));

    /// <summary>Where in a batch the sample after this rank's last one is; -1 where nobody asks for it.</summary>
    public int NextAfter(int batchSize) => ReadsNext ? Of(batchSize).End % batchSize : -1;

    /// <summary>Which samples of the epoch, in their order, are needed.</summary>
    public IEnumerable<bool> Needed()
    {
        for (long batch = 0; batch < Batches; batch++)
        {
            int size = BatchSize(batch), next = NextAfter(size);
            (int start, int end) = Of(size);
            for (int i = 0; i < size; i++)
                yield return i >= start && i < end || i == next;
        }
    }
}
