namespace Microsoft.ML.Snn.Training.Data;

/// <summary>
/// Random changes to whole parts of a sample of event frames [T, C, H, W]: polarities exchanged, time steps or a rectangle without events.
/// </summary>
internal sealed class FrameChanges(SampleShape shape, ImageAugmentation augmentation)
{
    public const int Polarities = 2;

    private readonly float[] _changed = new float[shape.Length];

    /// <summary>The options that ask for such changes.</summary>
    public static IEnumerable<string> Asked(ImageAugmentation augmentation)
    {
        if (augmentation.PolarityFlip)
            yield return nameof(ImageAugmentation.PolarityFlip);
        if (augmentation.TimeDrop > 0)
            yield return nameof(ImageAugmentation.TimeDrop);
        if (augmentation.AreaDrop > 0)
            yield return nameof(ImageAugmentation.AreaDrop);
    }

    /// <param name="frames">[T, C, H, W].</param>
    /// <param name="random">Draws the changes.</param>
    /// <returns>The changed sample, until the next call.</returns>
    public ReadOnlySpan<float> Apply(ReadOnlySpan<float> frames, Random random)
    {
        frames.CopyTo(_changed);
        if (augmentation.PolarityFlip && random.Next(2) == 1)
            ExchangePolarities();
        if (augmentation.TimeDrop > 0)
            DropTime(random.NextDouble() * augmentation.TimeDrop, random);
        if (augmentation.AreaDrop > 0)
            DropArea(Math.Sqrt(random.NextDouble() * augmentation.AreaDrop), random);
        return _changed;
    }

    private void ExchangePolarities()
    {
        for (int off = 0; off < _changed.Length; off += Polarities * shape.PlaneLength)
        {
            int on = off + shape.PlaneLength;
            for (int i = 0; i < shape.PlaneLength; i++)
                (_changed[off + i], _changed[on + i]) = (_changed[on + i], _changed[off + i]);
        }
    }

    private void DropTime(double share, Random random)
    {
        int steps = shape.Slices!.Value, step = shape.Channels * shape.PlaneLength;
        // Rounded at random, so that the mean is the share; one step is left at least.
        int dropped = Math.Min((int)(share * steps + random.NextDouble()), steps - 1), first = random.Next(steps - dropped + 1);
        _changed.AsSpan(first * step, dropped * step).Clear();
    }

    private void DropArea(double side, Random random)
    {
        int height = (int)(side * shape.Height + random.NextDouble()), width = (int)(side * shape.Width + random.NextDouble());
        int top = random.Next(shape.Height - height + 1), left = random.Next(shape.Width - width + 1);
        for (int plane = 0; plane < shape.Planes; plane++)
        {
            for (int y = top; y < top + height; y++)
                _changed.AsSpan(plane * shape.PlaneLength + y * shape.Width + left, width).Clear();
        }
    }
}
