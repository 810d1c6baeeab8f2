using Microsoft.ML.Snn.Components;

namespace Microsoft.ML.Snn.SpikeCoding;

/// <summary>A spike code as applied: what <see cref="SpikeEncodingTransformer"/> does to a row.</summary>
/// <param name="Seed">Of rate coding; 0 for the other codes.</param>
internal sealed record SpikeEncoding(SpikeCode Code, int Seed)
{
    /// <param name="drawSeed">Gives a seed where one is needed and the code has none.</param>
    public static SpikeEncoding Create(SpikeCode code, Func<int> drawSeed) =>
        new(code, code.Kind == SpikeCodeKind.Rate ? code.Seed ?? drawSeed() : 0);

    /// <exception cref="ArgumentException">What was read is no code, or out of its range.</exception>
    public static SpikeEncoding Read(BinaryReader reader)
    {
        var kind = (SpikeCodeKind)reader.ReadInt32();
        int timeSteps = reader.ReadInt32();
        float minimum = reader.ReadSingle(), maximum = reader.ReadSingle();
        int seed = reader.ReadInt32();
        var curve = (SpikeLatencyCurve)reader.ReadInt32();
        float threshold = reader.ReadSingle();
        int fields = reader.ReadInt32();
        SpikeCode code = kind switch
        {
            SpikeCodeKind.Rate => SpikeCode.Rate(timeSteps, seed, minimum, maximum),
            SpikeCodeKind.Latency => SpikeCode.Latency(timeSteps, curve, minimum, maximum),
            SpikeCodeKind.Delta => SpikeCode.Delta(threshold),
            SpikeCodeKind.Phase => SpikeCode.Phase(timeSteps, minimum, maximum),
            SpikeCodeKind.Population => SpikeCode.Population(timeSteps, fields, minimum, maximum),
            SpikeCodeKind.Direct => SpikeCode.Direct(timeSteps),
            _ => throw new ArgumentException($"{kind} is not a defined SpikeCodeKind."),
        };
        return new(code, seed);
    }

    /// <summary>Writes the same fields for every code, 0 for those that it has not.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write((int)Code.Kind);
        writer.Write(Code.TimeSteps ?? 0);
        writer.Write(Code.Minimum ?? 0);
        writer.Write(Code.Maximum ?? 0);
        writer.Write(Seed);
        writer.Write((int)(Code.Curve ?? 0));
        writer.Write(Code.Threshold ?? 0);
        writer.Write(Code.ReceptiveFields ?? 0);
    }

    /// <summary>The dimensions of the output for an input of these dimensions.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The code has no use for such an input; the message names the column.</exception>
    public int[] OutputDimensions(string column, ReadOnlySpan<int> input)
    {
        int[] output = Code.Kind switch
        {
            SpikeCodeKind.Delta => DeltaDimensions(column, input),
            SpikeCodeKind.Population => input switch
            {
                [int length] => [Code.TimeSteps!.Value, Multiply(column, length, Code.ReceptiveFields!.Value), 1, 1],
                [int channels, int height, int width] =>
                    [Code.TimeSteps!.Value, Multiply(column, channels, Code.ReceptiveFields!.Value), height, width],
                _ => throw ColumnCheck.Unsuitable(
                    $"Column '{column}' has the dimensions {Describe(input)}; population coding takes [C, H, W] or a flat vector."),
            },
            _ => [Code.TimeSteps!.Value, .. input],
        };
        int total = 1;
        foreach (int size in output)
            total = Multiply(column, total, size);
        return output;
    }

    /// <summary>
    /// The index of the first value that is clamped to the range of the code; -1 where none is, or the row counts as missing.
    /// </summary>
    public int FindClamped(ReadOnlySpan<float> values)
    {
        int index = Code is { Minimum: { } minimum, Maximum: { } maximum } ? values.IndexOfAnyExceptInRange(minimum, maximum) : -1;
        return index >= 0 && values.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue) < 0 ? index : -1;
    }

    /// <summary>
    /// Encodes a row. A row with a value that is not finite counts as missing: its output is NaN throughout, which scores NaN.
    /// </summary>
    /// <param name="values">The row, of the dimensions <paramref name="dimensions"/>; scaled in place.</param>
    /// <param name="output">Of <see cref="OutputDimensions"/>; all of it is written.</param>
    public void Encode(Span<float> values, ReadOnlySpan<int> dimensions, Span<float> output)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                output.Fill(float.NaN);
                return;
            }
        }
        if (Code is { Minimum: { } minimum, Maximum: { } maximum })
            Scale(values, minimum, maximum);
        switch (Code.Kind)
        {
            case SpikeCodeKind.Rate:
                RateCode.Encode(values, Code.TimeSteps!.Value, Seed, output);
                break;
            case SpikeCodeKind.Latency:
                LatencyCode.Encode(values, Code.TimeSteps!.Value, Code.Curve!.Value, output);
                break;
            case SpikeCodeKind.Delta:
                DeltaCode.Encode(values, dimensions[0], Code.Threshold!.Value, output);
                break;
            case SpikeCodeKind.Phase:
                PhaseCode.Encode(values, Code.TimeSteps!.Value, output);
                break;
            case SpikeCodeKind.Population:
                int planeLength = dimensions is [_, int height, int width] ? height * width : 1;
                PopulationCode.Encode(values, planeLength, Code.ReceptiveFields!.Value, Code.TimeSteps!.Value, output);
                break;
            default:
                DirectCode.Encode(values, Code.TimeSteps!.Value, output);
                break;
        }
    }

    private static void Scale(Span<float> values, float minimum, float maximum)
    {
        // In float64: the range of two floats may overflow a float.
        double range = (double)maximum - minimum;
        foreach (ref float value in values)
            value = (float)Math.Clamp(((double)value - minimum) / range, 0, 1);
    }

    private static int[] DeltaDimensions(string column, ReadOnlySpan<int> input)
    {
        if (input[0] < 2)
        {
            throw ColumnCheck.Unsuitable(
                $"Column '{column}' has the dimensions {Describe(input)}; delta coding needs a series of at least 2 steps.");
        }
        return input is [int steps, int channels, int height, int width]
            ? [steps, Multiply(column, 2, channels), height, width]
            : [input[0], 2, .. input[1..]];
    }

    private static int Multiply(string column, int a, int b)
    {
        long product = (long)a * b;
        return product <= Array.MaxLength
            ? (int)product
            : throw ColumnCheck.Unsuitable($"Column '{column}' is too large to encode: its spikes do not fit into one vector.");
    }

    private static string Describe(ReadOnlySpan<int> dimensions) => $"[{string.Join(", ", dimensions.ToArray())}]";
}
