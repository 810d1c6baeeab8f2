using Microsoft.ML.Snn;

namespace SimulatedCamera;

/// <summary>
/// A simulated event camera: a pixel reports an event whenever the logarithm of its brightness has changed by the threshold since its
/// last event (Lichtsteiner, Posch and Delbruck, 2008). The scene is sampled, and in between the logarithm taken to change linearly, which
/// gives each event its own time.
/// </summary>
/// <param name="height">Rows of pixels.</param>
/// <param name="width">Columns of pixels.</param>
/// <param name="threshold">Change of ln(brightness) that makes an event, above 0.</param>
public sealed class EventCameraSimulator(int height, int width, double threshold)
{
    /// <summary>Records a scene.</summary>
    /// <param name="brightness">Brightness, above 0, of the pixel (x, y) at a time in microseconds.</param>
    /// <param name="duration">Microseconds, counted from 0.</param>
    /// <param name="step">Microseconds from one sample of the scene to the next.</param>
    /// <returns>The events in the order of their times.</returns>
    public PolarityEvent[] Record(Func<int, int, double, double> brightness, int duration, int step)
    {
        var events = new List<(double Time, PolarityEvent Event)>();
        double[] levels = new double[height * width], references = new double[height * width];
        Sample(0, levels);
        levels.CopyTo(references, 0);
        double[] next = new double[levels.Length];
        for (int from = 0; from < duration; from += step)
        {
            int length = Math.Min(step, duration - from);
            Sample(from + length, next);
            for (int i = 0; i < levels.Length; i++)
            {
                while (Math.Abs(next[i] - references[i]) >= threshold)
                {
                    bool on = next[i] > references[i];
                    references[i] += on ? threshold : -threshold;
                    double time = from + length * (references[i] - levels[i]) / (next[i] - levels[i]);
                    events.Add((time, new((long)time, (ushort)(i % width), (ushort)(i / width), on)));
                }
            }
            (levels, next) = (next, levels);
        }
        return [.. events.OrderBy(e => e.Time).Select(e => e.Event)];

        void Sample(double time, double[] logarithms)
        {
            for (int i = 0; i < logarithms.Length; i++)
                logarithms[i] = Math.Log(brightness(i % width, i / width, time));
        }
    }
}
