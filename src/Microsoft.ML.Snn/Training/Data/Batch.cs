namespace Microsoft.ML.Snn.Training.Data;

/// <summary>Prepared samples, row-major [N, ...sample shape], with what they are to teach.</summary>
internal sealed class Batch(int count, int sampleLength, int teacherLength = 0)
{
    public int Count { get; } = count;

    /// <summary>Samples of the whole batch: more than these where other ranks have parts of it.</summary>
    public int Total { get; set; } = count;

    public float[] Features { get; } = new float[count * sampleLength];

    /// <summary>Classes, from 0.</summary>
    public long[] Labels { get; } = new long[count];

    public float[] Weights { get; } = new float[count];

    /// <summary>The teacher's probabilities, [N, classes]; empty without a teacher.</summary>
    public float[] Teacher { get; } = new float[count * teacherLength];

    /// <summary>What mixed samples have of other labels; null where none is mixed.</summary>
    public LabelMix? Mix { get; set; }

    /// <summary>Copies samples into another batch from a place on, as many as there are and fit; gives their number.</summary>
    public int CopyTo(Batch other, int start)
    {
        int samples = Math.Min(Count, other.Count - start), length = Features.Length / Count, scores = Teacher.Length / Count;
        Array.Copy(Features, 0, other.Features, start * length, samples * length);
        Array.Copy(Labels, 0, other.Labels, start, samples);
        Array.Copy(Weights, 0, other.Weights, start, samples);
        Array.Copy(Teacher, 0, other.Teacher, start * scores, samples * scores);
        if (Mix is not null)
            Mix.CopyTo(other.Mix ??= new(other.Count), start, samples);
        return samples;
    }
}
