using Microsoft.ML.Snn.Engine.Running;

namespace Microsoft.ML.Snn.Tests.Reference;

/// <summary>A map [C, H, W] in float64.</summary>
internal sealed class Map(int channels, int height, int width)
{
    public int Channels => channels;

    public int Height => height;

    public int Width => width;

    public double[] Values { get; } = new double[channels * height * width];

    public ref double this[int c, int y, int x] => ref Values[(c * height + y) * width + x];

    public static Map From(ReadOnlySpan<float> values, int channels, int height, int width)
    {
        var map = new Map(channels, height, width);
        for (int i = 0; i < values.Length; i++)
            map.Values[i] = values[i];
        return map;
    }

    /// <summary>Its first rows and columns; all where none are told.</summary>
    public Map Keep((int Height, int Width)? kept)
    {
        if (kept is not { } size)
            return this;
        var map = new Map(Channels, size.Height, size.Width);
        for (int c = 0; c < Channels; c++)
        for (int y = 0; y < size.Height; y++)
        for (int x = 0; x < size.Width; x++)
            map[c, y, x] = this[c, y, x];
        return map;
    }

    public static Map operator +(Map left, Map right)
    {
        var sum = new Map(left.Channels, left.Height, left.Width);
        for (int i = 0; i < sum.Values.Length; i++)
            sum.Values[i] = left.Values[i] + right.Values[i];
        return sum;
    }
}

/// <summary>The operations of a spiking network as plain loops in float64.</summary>
internal static class ReferenceMath
{
    /// <summary>Zero padding kernel / 2; weights [out, in, kernel, kernel].</summary>
    public static Map Convolve(Map input, Func<int, double> weights, int outputs, int kernel, int stride)
    {
        var output = new Map(outputs, (input.Height - 1) / stride + 1, (input.Width - 1) / stride + 1);
        for (int o = 0; o < outputs; o++)
        for (int y = 0; y < output.Height; y++)
        for (int x = 0; x < output.Width; x++)
        {
            double sum = 0;
            for (int i = 0; i < input.Channels; i++)
            for (int ky = 0; ky < kernel; ky++)
            for (int kx = 0; kx < kernel; kx++)
            {
                int sy = y * stride + ky - kernel / 2, sx = x * stride + kx - kernel / 2;
                if (sy >= 0 && sy < input.Height && sx >= 0 && sx < input.Width)
                    sum += weights(((o * input.Channels + i) * kernel + ky) * kernel + kx) * input[i, sy, sx];
            }
            output[o, y, x] = sum;
        }
        return output;
    }

    /// <summary>y[c] = scale[c] * x[c] + offset[c].</summary>
    public static Map Affine(Map input, Func<int, double> scale, Func<int, double> offset)
    {
        var output = new Map(input.Channels, input.Height, input.Width);
        int pixels = input.Height * input.Width;
        for (int i = 0; i < input.Values.Length; i++)
            output.Values[i] = scale(i / pixels) * input.Values[i] + offset(i / pixels);
        return output;
    }

    /// <summary>The sum of each channel.</summary>
    public static Map Sum(Map input)
    {
        var output = new Map(input.Channels, 1, 1);
        for (int i = 0; i < input.Values.Length; i++)
            output.Values[i / (input.Height * input.Width)] += input.Values[i];
        return output;
    }

    /// <summary>The average over each window of each channel.</summary>
    public static Map Average(Map input, int height, int width)
    {
        var output = new Map(input.Channels, input.Height / height, input.Width / width);
        for (int c = 0; c < input.Channels; c++)
        for (int y = 0; y < input.Height; y++)
        for (int x = 0; x < input.Width; x++)
            output[c, y / height, x / width] += input[c, y, x] / (height * width);
        return output;
    }

    /// <summary>[C, H, W] -> [C * H * W, 1, 1].</summary>
    public static Map Flat(Map input)
    {
        var output = new Map(input.Values.Length, 1, 1);
        input.Values.CopyTo(output.Values, 0);
        return output;
    }

    public static double[] Softmax(double[] logits)
    {
        double max = logits.Max(), sum = logits.Sum(logit => Math.Exp(logit - max));
        return Array.ConvertAll(logits, logit => Math.Exp(logit - max) / sum);
    }
}

/// <summary>
/// LIF neurons of one layer, their membrane potential kept from step to step (Eq. 1-3); with a soft reset each spike subtracts the
/// threshold.
/// </summary>
internal sealed class ReferenceNeurons(Func<int, double> decay, Func<int, double> threshold, int maxSpikes, bool isSoft = false)
{
    private double[]? _afterReset;

    /// <summary>u[t], before the reset.</summary>
    public Map? Membrane { get; private set; }

    public Map Step(Map current)
    {
        var spikes = new Map(current.Channels, current.Height, current.Width);
        Membrane = new Map(current.Channels, current.Height, current.Width);
        _afterReset ??= new double[current.Values.Length];
        int pixels = current.Height * current.Width;
        for (int i = 0; i < current.Values.Length; i++)
        {
            double u = decay(i / pixels) * _afterReset[i] + current.Values[i];
            int sent = Enumerable.Range(1, maxSpikes).Count(spike => u > threshold(i / pixels) * (2 * spike - 1));
            Membrane.Values[i] = u;
            spikes.Values[i] = sent;
            _afterReset[i] = isSoft ? u - sent * threshold(i / pixels) : sent > 0 ? 0 : u;
        }
        return spikes;
    }
}
