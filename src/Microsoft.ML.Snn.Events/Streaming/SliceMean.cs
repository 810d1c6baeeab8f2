using Microsoft.ML.Snn.Events.Snapshots;

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

    /// <summary>Writes all but the number of slices.</summary>
    public void Save(SnapshotWriter writer)
    {
        if (_window is not null)
        {
            writer.Write(Filled(_count));
            return;
        }
        foreach (double sum in _sums)
            writer.Write(sum);
    }

    /// <summary>Reads what <see cref="Save"/> writes.</summary>
    /// <param name="reader">Reads it.</param>
    /// <param name="count">The number of slices that were added.</param>
    public void Restore(SnapshotReader reader, long count)
    {
        Clear();
        _count = count;
        if (_window is not null)
        {
            foreach (ref float output in Filled(count))
                output = reader.ReadSingle("an output of the network");
            return;
        }
        foreach (ref double sum in _sums.AsSpan())
        {
            sum = reader.ReadDouble("a sum of outputs");
            // Each output is a float, and so must their mean be, also after some more.
            if (Math.Abs(sum) / count > float.MaxValue / 2)
                throw SnapshotReader.Damaged($"a sum of {count} outputs cannot be {sum}");
        }
    }

    /// <summary>The part of the window that has slices, in the order of their places.</summary>
    private Span<float> Filled(long count) => _window.AsSpan(0, (int)Math.Min(count, _window!.Length / _classes) * _classes);

    private void AddToSums(ReadOnlySpan<float> output)
    {
        for (int c = 0; c < _classes; c++)
            _sums[c] += output[c];
    }
}
