using Microsoft.ML.Snn.Benchmarks.Inference;
using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Benchmarks.Accuracy;

/// <summary>Batches of pictures, prepared as the trainer does, for loops of a benchmark's own.</summary>
internal static class Batches
{
    /// <summary>Augmented where a source of randomness is given.</summary>
    public static Batch Make(ReadOnlySpan<int> rows, Pictures.Row[] pictures, SamplePreparation preparation, Random? random)
    {
        var batch = new Batch(rows.Length, Pictures.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            Pictures.Row picture = pictures[rows[i]];
            preparation.Prepare(picture.Features, batch.Features.AsSpan(i * Pictures.Length, Pictures.Length), random);
            batch.Labels[i] = picture.Label;
            batch.Weights[i] = 1;
        }
        return batch;
    }
}
