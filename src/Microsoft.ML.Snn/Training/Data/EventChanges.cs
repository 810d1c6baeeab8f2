namespace Microsoft.ML.Snn.Training.Data;

/// <summary>
/// Random changes to the single events of a sample of event frames [T, C, H, W]: some are dropped, the others moved, and noise is added.
/// </summary>
/// <remarks>An element n stands for n events, and a fraction beyond that for one more.</remarks>
internal sealed class EventChanges(SampleShape shape, ImageAugmentation augmentation)
{
    // Numbers up to here count down by one exactly.
    private const float MaxEvents = 1 << 24;

    private readonly float[] _changed = new float[shape.Length];

    /// <summary>The options that ask for such changes.</summary>
    public static IEnumerable<string> Asked(ImageAugmentation augmentation)
    {
        if (augmentation.EventDrop > 0)
            yield return nameof(ImageAugmentation.EventDrop);
        if (augmentation.SpatialJitter > 0)
            yield return nameof(ImageAugmentation.SpatialJitter);
        if (augmentation.TimeJitter > 0)
            yield return nameof(ImageAugmentation.TimeJitter);
        if (augmentation.EventNoise > 0)
            yield return nameof(ImageAugmentation.EventNoise);
    }

    /// <summary>Compares the samples of a training set with what these changes take.</summary>
    /// <param name="augmentation">All changes.</param>
    /// <param name="least">The least value of the set.</param>
    /// <param name="largest">The largest.</param>
    /// <param name="column">The feature column.</param>
    /// <exception cref="InvalidOperationException">They are no numbers of events.</exception>
    public static void CheckCounts(ImageAugmentation augmentation, float least, float largest, string column)
    {
        if (Asked(augmentation).Any() && !(least >= 0 && largest <= MaxEvents))
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"The values of feature column '{column}' are from {least} to {largest}, but ")
                + $"with {string.Join(" and ", Asked(augmentation))} elements stand for numbers of events, 0 to {MaxEvents}. Leave such "
                + "options unset, or give frames that count events.");
        }
    }

    /// <param name="counts">[T, C, H, W].</param>
    /// <returns>The changed sample, until the next call.</returns>
    /// <exception cref="InvalidOperationException">An element is no number of events.</exception>
    public ReadOnlySpan<float> Apply(ReadOnlySpan<float> counts, Random random)
    {
        double share = augmentation.EventDrop > 0 ? random.NextDouble() * augmentation.EventDrop : 0;
        _changed.AsSpan().Clear();
        for (int i = 0; i < counts.Length; i++)
        {
            float count = counts[i];
            if (!(count >= 0 && count <= MaxEvents))
            {
                throw new InvalidOperationException(
                    $"A training sample holds {count}, but with {string.Join(" and ", Asked(augmentation))} elements stand for numbers of "
                    + $"events, 0 to {MaxEvents}.");
            }
            for (; count > 0; count--)
            {
                if (share > 0 && random.NextDouble() < share)
                    continue;
                int target = Move(i, random);
                if (target >= 0)
                    _changed[target] += Math.Min(count, 1);
            }
        }
        if (augmentation.EventNoise > 0)
            AddNoise(random.NextDouble() * augmentation.EventNoise, random);
        return _changed;
    }

    /// <summary>A Poisson number of events to each element: what a Poisson process along the elements puts into each.</summary>
    private void AddNoise(double rate, Random random)
    {
        for (double at = Gap(); at < _changed.Length; at += Gap())
            _changed[(int)at]++;

        double Gap() => rate > 0 ? -Math.Log(1 - random.NextDouble()) / rate : double.PositiveInfinity;
    }

    /// <returns>The element that an event is moved to; -1 where it is lost.</returns>
    private int Move(int element, Random random)
    {
        int x = element % shape.Width, y = element / shape.Width % shape.Height, plane = element / shape.PlaneLength;
        int step = plane / shape.Channels, channel = plane % shape.Channels;
        if (augmentation.SpatialJitter is > 0 and double deviation)
        {
            x += (int)Math.Round(deviation * Normal(random));
            y += (int)Math.Round(deviation * Normal(random));
        }
        if (augmentation.TimeJitter is > 0 and double steps)
            step += (int)Math.Floor(random.NextDouble() + steps * Normal(random));
        bool isInside = (uint)x < (uint)shape.Width && (uint)y < (uint)shape.Height && (uint)step < (uint)shape.Slices!.Value;
        return isInside ? ((step * shape.Channels + channel) * shape.Height + y) * shape.Width + x : -1;
    }

    // Box and Muller, 1958. One minus the number: its logarithm must be finite.
    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
