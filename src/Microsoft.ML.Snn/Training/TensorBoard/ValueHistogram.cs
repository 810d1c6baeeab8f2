namespace Microsoft.ML.Snn.Training.TensorBoard;

/// <summary>How values are spread: their number in parts of the same width, from the least to the largest.</summary>
internal sealed class ValueHistogram
{
    // TensorBoard shows 30 of them.
    private const int Parts = 60;

    /// <param name="values">Finite numbers, at least one.</param>
    public ValueHistogram(ReadOnlySpan<float> values)
    {
        (Least, Largest) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (float value in values)
        {
            (Least, Largest) = (Math.Min(Least, value), Math.Max(Largest, value));
            Sum += value;
            SumOfSquares += (double)value * value;
        }
        Count = values.Length;
        double width = (Largest - Least) / Parts;
        int parts = width > 0 ? Parts : 1;
        var counts = new double[parts];
        foreach (float value in values)
            counts[width > 0 ? Math.Min((int)((value - Least) / width), parts - 1) : 0]++;
        double least = Least;
        Limits = [.. Enumerable.Range(1, parts - 1).Select(part => least + part * width), Largest];
        Counts = counts;
    }

    public double Least { get; }

    public double Largest { get; }

    public double Count { get; }

    public double Sum { get; }

    public double SumOfSquares { get; }

    /// <summary>The upper end of each part.</summary>
    public IReadOnlyList<double> Limits { get; }

    /// <summary>Values in each part.</summary>
    public IReadOnlyList<double> Counts { get; }
}
