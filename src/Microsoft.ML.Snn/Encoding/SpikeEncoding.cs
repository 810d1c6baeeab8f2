namespace Microsoft.ML.Snn;

/// <summary>A spike code with its parameters: what <see cref="SpikeEncodingTransformer"/> does to a row.</summary>
/// <param name="TimeSteps">T; null for delta coding, which takes it from the input.</param>
internal sealed record SpikeEncoding(
    SpikeCode Code, int? TimeSteps, float Minimum, float Maximum, int Seed, LatencyCurve Curve, float Threshold, int Fields)
{
    private bool ScalesInput => Code is not (SpikeCode.Delta or SpikeCode.Direct);

    /// <param name="drawSeed">Gives a seed where one is needed and the options have none.</param>
    /// <exception cref="ArgumentException">An option is out of range, or set though the code has no use for it.</exception>
    public static SpikeEncoding Create(SpikeEncodingEstimator.Options options, Func<int> drawSeed)
    {
        SpikeCode code = options.Code;
        Require(Enum.IsDefined(code), nameof(options.Code), code, "is not a defined SpikeCode");
        bool scales = code is not (SpikeCode.Delta or SpikeCode.Direct);
        RequireUse(scales, options.InputMinimum, nameof(options.InputMinimum), code);
        RequireUse(scales, options.InputMaximum, nameof(options.InputMaximum), code);
        RequireUse(code == SpikeCode.Rate, options.Seed, nameof(options.Seed), code);
        RequireUse(code == SpikeCode.Latency, options.LatencyCurve, nameof(options.LatencyCurve), code);
        RequireUse(code == SpikeCode.Delta, options.DeltaThreshold, nameof(options.DeltaThreshold), code);
        RequireUse(code == SpikeCode.Population, options.ReceptiveFields, nameof(options.ReceptiveFields), code);
        var encoding = new SpikeEncoding(
            code,
            options.TimeSteps ?? (code == SpikeCode.Delta ? null : 4),
            options.InputMinimum ?? 0,
            options.InputMaximum ?? 1,
            options.Seed ?? (code == SpikeCode.Rate ? drawSeed() : 0),
            options.LatencyCurve ?? LatencyCurve.Linear,
            options.DeltaThreshold ?? 0.1f,
            options.ReceptiveFields ?? 8);
        encoding.Validate();
        return encoding;
    }

    public static SpikeEncoding Read(BinaryReader reader)
    {
        var encoding = new SpikeEncoding(
            (SpikeCode)reader.ReadInt32(),
            reader.ReadInt32() is not 0 and var steps ? steps : null,
            reader.ReadSingle(),
            reader.ReadSingle(),
            reader.ReadInt32(),
            (LatencyCurve)reader.ReadInt32(),
            reader.ReadSingle(),
            reader.ReadInt32());
        encoding.Validate();
        return encoding;
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write((int)Code);
        writer.Write(TimeSteps ?? 0);
        writer.Write(Minimum);
        writer.Write(Maximum);
        writer.Write(Seed);
        writer.Write((int)Curve);
        writer.Write(Threshold);
        writer.Write(Fields);
    }

    /// <summary>The dimensions of the output for an input of these dimensions.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The code has no use for such an input; the message names the column.</exception>
    public int[] OutputDimensions(string column, ReadOnlySpan<int> input)
    {
        int[] output = Code switch
        {
            SpikeCode.Delta => DeltaDimensions(column, input),
            SpikeCode.Population => input switch
            {
                [int length] => [TimeSteps!.Value, Multiply(column, length, Fields), 1, 1],
                [int channels, int height, int width] => [TimeSteps!.Value, Multiply(column, channels, Fields), height, width],
                _ => throw ColumnCheck.Unsuitable(
                    $"Column '{column}' has the dimensions {Describe(input)}; population coding takes [C, H, W] or a flat vector."),
            },
            _ => [TimeSteps!.Value, .. input],
        };
        int total = 1;
        foreach (int size in output)
            total = Multiply(column, total, size);
        return output;
    }

    /// <summary>The index of the first value that is clamped to the range of the code; -1 where none is, or the row counts as missing.</summary>
    public int FindClamped(ReadOnlySpan<float> values)
    {
        int index = ScalesInput ? values.IndexOfAnyExceptInRange(Minimum, Maximum) : -1;
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
        if (ScalesInput)
            Scale(values);
        switch (Code)
        {
            case SpikeCode.Rate:
                RateCode.Encode(values, TimeSteps!.Value, Seed, output);
                break;
            case SpikeCode.Latency:
                LatencyCode.Encode(values, TimeSteps!.Value, Curve, output);
                break;
            case SpikeCode.Delta:
                DeltaCode.Encode(values, dimensions[0], Threshold, output);
                break;
            case SpikeCode.Phase:
                PhaseCode.Encode(values, TimeSteps!.Value, output);
                break;
            case SpikeCode.Population:
                int planeLength = dimensions is [_, int height, int width] ? height * width : 1;
                PopulationCode.Encode(values, planeLength, Fields, TimeSteps!.Value, output);
                break;
            default:
                DirectCode.Encode(values, TimeSteps!.Value, output);
                break;
        }
    }

    private void Scale(Span<float> values)
    {
        // In float64: the range of two floats may overflow a float.
        double range = (double)Maximum - Minimum;
        foreach (ref float value in values)
            value = (float)Math.Clamp(((double)value - Minimum) / range, 0, 1);
    }

    private int[] DeltaDimensions(string column, ReadOnlySpan<int> input)
    {
        if (input[0] < 2)
        {
            throw ColumnCheck.Unsuitable(
                $"Column '{column}' has the dimensions {Describe(input)}; delta coding needs a series of at least 2 steps.");
        }
        if (TimeSteps is { } asked && asked != input[0])
        {
            throw ColumnCheck.Unsuitable(
                $"The option TimeSteps is {asked}, but the series in column '{column}' has {input[0]} steps. Leave TimeSteps unset.",
                nameof(SpikeEncodingEstimator.Options.TimeSteps));
        }
        return input is [int steps, int channels, int height, int width]
            ? [steps, Multiply(column, 2, channels), height, width]
            : [input[0], 2, .. input[1..]];
    }

    private void Validate()
    {
        Require(Enum.IsDefined(Code), nameof(Code), Code, "is not a defined SpikeCode");
        Require(TimeSteps is null or >= 1, nameof(TimeSteps), TimeSteps, "must be at least 1");
        Require(TimeSteps is not null || Code == SpikeCode.Delta, nameof(TimeSteps), TimeSteps, "must be given");
        Require(float.IsFinite(Minimum), nameof(SpikeEncodingEstimator.Options.InputMinimum), Minimum, "must be finite");
        Require(float.IsFinite(Maximum) && Maximum > Minimum, nameof(SpikeEncodingEstimator.Options.InputMaximum), Maximum,
            $"must be finite and above {nameof(SpikeEncodingEstimator.Options.InputMinimum)}, {Minimum}");
        Require(Enum.IsDefined(Curve), nameof(SpikeEncodingEstimator.Options.LatencyCurve), Curve, "is not a defined LatencyCurve");
        Require(float.IsFinite(Threshold) && Threshold > 0, nameof(SpikeEncodingEstimator.Options.DeltaThreshold), Threshold,
            "must be finite and above 0");
        Require(Fields >= PopulationCode.MinFields, nameof(SpikeEncodingEstimator.Options.ReceptiveFields), Fields,
            $"must be at least {PopulationCode.MinFields}");
    }

    private static int Multiply(string column, int a, int b)
    {
        long product = (long)a * b;
        return product <= Array.MaxLength
            ? (int)product
            : throw ColumnCheck.Unsuitable($"Column '{column}' is too large to encode: its spikes do not fit into one vector.");
    }

    private static string Describe(ReadOnlySpan<int> dimensions) => $"[{string.Join(", ", dimensions.ToArray())}]";

    private static void RequireUse<T>(bool isUsed, T? value, string option, SpikeCode code)
    {
        if (value is not null && !isUsed)
            throw new ArgumentException($"The option {option} is set to {value}, but {code} coding has no use for it.", option);
    }

    private static void Require(bool condition, string option, object? value, string rule)
    {
        if (!condition)
            throw new ArgumentOutOfRangeException(option, value, $"The option {option} {rule}.");
    }
}
