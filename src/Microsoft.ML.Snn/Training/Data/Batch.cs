namespace Microsoft.ML.Snn.Training.Data;

/// <summary>Prepared samples, row-major [N, ...sample shape], with their classes and weights.</summary>
internal sealed class Batch(int count, int sampleLength)
{
    public int Count { get; } = count;

    public float[] Features { get; } = new float[count * sampleLength];

    /// <summary>Classes, from 0.</summary>
    public long[] Labels { get; } = new long[count];

    public float[] Weights { get; } = new float[count];
}
