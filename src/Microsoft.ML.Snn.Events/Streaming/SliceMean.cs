using Microsoft.ML.Snn.Events.Snapshots;

namespace Microsoft.ML.Snn.Events.Streaming;

/// <summary>The mean of the network's output over the slices of a stream: all of them, or the latest ones.</summary>
internal sealed class SliceMean
{
    // Elements that are taken at once.
    private const int SmallWindow = 256;

    private readonly int _classes;
    private readonly int? _slices;
    // Double, since a stream may have millions of slices.
    private readonly double[] _sums;
    private readonly float[] _mean;
    // The window, [slices, classes]: of a large one, as much as streams have filled since the session was made.
    private float[] _window;
    private long _count;

    /// <param name="classes">Number of classes.</param>
    /// <param name="window">Number of slices; null for all.</param>
    /// <exception cref="ArgumentOutOfRangeException">No array holds so many slices of so many classes.</exception>
    public SliceMean(int classes, int? window)
    {
        int most = Array.MaxLength / classes;
        if (window > most)
        {
            throw new ArgumentOutOfRangeException(
                nameof(EventStreamOptions.WindowSlices), window,
                $"The option {nameof(EventStreamOptions.WindowSlices)} must be at most {most} for {classes} classes; null for all slices.");
        }
        (_classes, _slices) = (classes, window);
        _window = new float[(int)Math.Min((long)(window ?? 0) * classes, SmallWindow)];
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
        if (_slices is { } slices)
        {
            int place = (int)(_count % slices) * _classes;
            Reserve(place + _classes);
            output.CopyTo(_window.AsSpan(place));
        }
        else
        {
            AddToSums(output);
        }
        _count++;
    }

    public ReadOnlySpan<float> Read()
    {
        long count = _count;
        if (_slices is { } slices)
        {
            // Added up anew each time: taking the oldest off a running sum would let rounding errors grow.
            count = Math.Min(count, slices);
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
        if (_slices is not null)
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
        if (_slices is { } slices)
        {
            int length = (int)Math.Min(count, slices) * _classes;
            for (int i = 0; i < length; i++)
            {
                // As far as the snapshot goes: its number of slices may be a lie.
                Reserve(i + 1);
                _window[i] = reader.ReadSingle("an output of the network");
            }
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
    private ReadOnlySpan<float> Filled(long count) => _window.AsSpan(0, (int)Math.Min(count, _slices!.Value) * _classes);

    private void Reserve(int length)
    {
        // Twice as much as there is: a long stream takes no memory slice by slice.
        if (length > _window.Length)
            Array.Resize(ref _window, (int)Math.Min((long)_slices!.Value * _classes, Math.Max(length, 2L * _window.Length)));
    }

    private void AddToSums(ReadOnlySpan<float> output)
    {
        for (int c = 0; c < _classes; c++)
            _sums[c] += output[c];
    }
}
