namespace Microsoft.ML.Snn.Training.Data;

/// <summary>
/// Samples kept in memory: as bytes where all values of a sample are whole numbers from 0 to 255 (8-bit images), as floats otherwise.
/// </summary>
internal sealed class ExampleStore(int sampleLength)
{
    // What an array and its entries in the lists cost besides its elements.
    private const int OverheadBytes = 48;

    private readonly List<Array> _samples = [];
    private readonly List<ExampleTarget> _targets = [];

    public int Count => _samples.Count;

    public long Bytes { get; private set; }

    public void Add(ReadOnlySpan<float> features, ExampleTarget target)
    {
        Array sample = ToBytes(features) is { } bytes ? bytes : features.ToArray();
        Bytes += (sample is byte[] ? 1L : 4L) * sampleLength + OverheadBytes;
        if (target.Teacher is { } teacher)
            Bytes += sizeof(float) * (long)teacher.Length + OverheadBytes;
        _samples.Add(sample);
        _targets.Add(target.Copy());
    }

    public ExampleTarget Get(int index, Span<float> features)
    {
        Copy(_samples[index], features);
        return _targets[index];
    }

    /// <summary>Gives one sample and puts another in its place.</summary>
    public ExampleTarget Exchange(int index, Span<float> given, ReadOnlySpan<float> features, ExampleTarget target)
    {
        ExampleTarget old = Get(index, given);
        _samples[index] = ToBytes(features) is { } bytes ? bytes : features.ToArray();
        _targets[index] = target.Copy();
        return old;
    }

    /// <summary>Gives one sample and forgets it; the last one takes its place.</summary>
    public ExampleTarget Take(int index, Span<float> features)
    {
        ExampleTarget target = Get(index, features);
        _samples[index] = _samples[^1];
        _targets[index] = _targets[^1];
        _samples.RemoveAt(_samples.Count - 1);
        _targets.RemoveAt(_targets.Count - 1);
        return target;
    }

    private static byte[]? ToBytes(ReadOnlySpan<float> features)
    {
        foreach (float value in features)
        {
            if (value != (byte)value)
                return null;
        }
        var bytes = new byte[features.Length];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)features[i];
        return bytes;
    }

    private static void Copy(Array sample, Span<float> features)
    {
        if (sample is float[] floats)
        {
            floats.CopyTo(features);
            return;
        }
        ReadOnlySpan<byte> bytes = (byte[])sample;
        for (int i = 0; i < bytes.Length; i++)
            features[i] = bytes[i];
    }
}
