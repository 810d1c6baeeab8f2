namespace Microsoft.ML.Snn.Training.Data;

/// <summary>
/// The second labels of a batch whose samples are mixed of two. That with the larger share is the batch's own label, and so is its weight.
/// </summary>
internal sealed class LabelMix(int count)
{
    /// <summary>Classes, from 0.</summary>
    public long[] Labels { get; } = new long[count];

    /// <summary>Weights of the samples that these labels are of.</summary>
    public float[] Weights { get; } = new float[count];

    /// <summary>Shares of these labels in their samples, 0 to 0.5.</summary>
    public float[] Shares { get; } = new float[count];

    public void CopyTo(LabelMix other, int start, int samples)
    {
        Array.Copy(Labels, 0, other.Labels, start, samples);
        Array.Copy(Weights, 0, other.Weights, start, samples);
        Array.Copy(Shares, 0, other.Shares, start, samples);
    }
}
