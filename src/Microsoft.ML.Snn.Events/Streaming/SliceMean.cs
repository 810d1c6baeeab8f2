namespace Microsoft.ML.Snn.Events.Streaming;

/// <summary>The mean of the network's output over the slices of a stream: all of them, or the latest ones.</summary>
internal sealed class SliceMean
{
    private readonly int _classes;
    private readonly float[]? _window;
    // Double, since a stream may have millions of slices.
    private readonly double[] _sums;
    private readonly float[] _mean;
    private long _count;

    /// <param name="classes">Number of classes.</param>
    /// <param name="window">Number of slices; null for all.</param>
    public SliceMean(int classes, int? window)
    {
        _classes = classes;
        _window = window is { } slices ? new float[checked(slices * classes)] : null;
        _sums = new double[classes];
        _mean = new float[classes];
    }

    public void Clear()
    {
        _sums.AsSpan().Clear();
        _count = 0;
    }

    public void Add(ReadOnlySpan<float> output)
    {
        if (_window is not null)
            output.CopyTo(_window.AsSpan((int)(_count % (_window.Length / _classes)) * _classes));
        else
            AddToSums(output);
        _count++;
    }

    public ReadOnlySpan<float> Read()
    {
        long count = _count;
        if (_window is not null)
        {
            // Added up anew each time: taking the oldest off a running sum would let rounding errors grow.
            count = Math.Min(count, _window.Length / _classes);
            _sums.AsSpan().Clear();
            for (int slice = 0; slice < count; slice++)
                AddToSums(_window.AsSpan(slice * _classes, _classes));
        }
        for (int c = 0; c < _classes; c++)
            _mean[c] = (float)(_sums[c] / count);
        return _mean;
    }

    private void AddToSums(ReadOnlySpan<float> output)
    {
        for (int c = 0; c < _classes; c++)
            _sums[c] += output[c];
    }
}
