using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Snn.Engine.Layout;

/// <summary>
/// The fixed point of one output channel: the unit of its sums is the smallest power of two for which the magnitudes of its rounded weights
/// add up to no more than 32 bits, so that no choice of spikes can overflow. The rounding of a weight is at most half a unit; a float32 sum
/// rounds as much at almost every addition. Rounded weights have the same fixed point again: saving and loading changes nothing.
/// </summary>
internal static class FixedPoint
{
    // The unit and its reciprocal are normal float32 numbers.
    private const int MaxExponent = 126;

    /// <summary>The exponent e of the unit 2^-e.</summary>
    /// <param name="weights">Everything that can add to the channel's sum, in parts; finite.</param>
    /// <param name="maxSpikes">How often each of them may be added at once.</param>
    public static int Exponent(ReadOnlySpan<ReadOnlyMemory<float>> weights, int maxSpikes = 1)
    {
        int limit = int.MaxValue / maxSpikes;
        double sum = 0, count = 0;
        foreach (ReadOnlyMemory<float> part in weights)
        {
            sum += Sum(part.Span);
            count += part.Length;
        }
        if (sum == 0)
            return 0;
        int exponent = Math.Clamp(Math.ILogB(limit / sum) + 1, -MaxExponent, MaxExponent);
        for (; exponent > -MaxExponent; exponent--)
        {
            // Each weight moves by half a unit at the most; only where that could matter must they be looked at one by one.
            double units = Math.ScaleB(sum, exponent), slack = count / 2 + 1;
            if (units + slack <= limit || units - slack <= limit && Magnitude(weights, exponent) <= limit)
                break;
        }
        return exponent;
    }

    public static float Unit(int exponent) => (float)Math.ScaleB(1, -exponent);

    /// <summary>The weight in units, rounded to the nearest integer, halves to the even one.</summary>
    /// <param name="weight">Finite.</param>
    /// <param name="unitsOfOne">1 / unit: the product with a power of two is exact.</param>
    public static int Round(float weight, float unitsOfOne) => (int)MathF.Round(weight * unitsOfOne);

    /// <summary>The same for many weights.</summary>
    /// <param name="weights">Finite.</param>
    /// <param name="unitsOfOne">1 / unit.</param>
    /// <param name="integers">Takes as many.</param>
    /// <param name="magnitudes">The largest magnitudes so far, in any order.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Round(ReadOnlySpan<float> weights, float unitsOfOne, int* integers, ref Vector256<int> magnitudes)
    {
        Vector256<float> factor = Vector256.Create(unitsOfOne);
        Vector256<int> largest = magnitudes;
        ref float first = ref MemoryMarshal.GetReference(weights);
        int i = 0;
        for (; i + Vector256<float>.Count <= weights.Length; i += Vector256<float>.Count)
        {
            // The platform's own conversion: they differ in what no int can hold, and the unit sees to it that there is no such thing.
            Vector256<int> rounded = Vector256.ConvertToInt32Native(Vector256.Round(Vector256.LoadUnsafe(ref first, (nuint)i) * factor));
            rounded.Store(integers + i);
            largest = Vector256.Max(largest, Vector256.Abs(rounded));
        }
        for (; i < weights.Length; i++)
        {
            integers[i] = Round(weights[i], unitsOfOne);
            largest = Vector256.Max(largest, Vector256.Create(Math.Abs(integers[i])));
        }
        magnitudes = largest;
    }

    /// <summary>Optimized from the first call on: it sees all weights while an app starts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Sum(ReadOnlySpan<float> weights)
    {
        double even = 0, odd = 0;
        for (int i = 1; i < weights.Length; i += 2)
        {
            even += Math.Abs((double)weights[i - 1]);
            odd += Math.Abs((double)weights[i]);
        }
        return even + odd + (weights.Length % 2 == 1 ? Math.Abs((double)weights[^1]) : 0);
    }

    private static double Magnitude(ReadOnlySpan<ReadOnlyMemory<float>> weights, int exponent)
    {
        double magnitude = 0;
        foreach (ReadOnlyMemory<float> part in weights)
        {
            foreach (float weight in part.Span)
                magnitude += Math.Round(Math.ScaleB(Math.Abs((double)weight), exponent), MidpointRounding.ToEven);
        }
        return magnitude;
    }
}
