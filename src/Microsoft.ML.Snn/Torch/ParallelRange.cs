namespace Microsoft.ML.Snn.Torch;

/// <summary>Splits a range among the machine's cores.</summary>
internal static class ParallelRange
{
    /// <summary>
    /// Calls <paramref name="body"/> with [start, end) until the range is covered. Starts are multiples of <paramref name="grain"/>, the
    /// least worth a thread; so the pieces, and with them each piece's arithmetic, are the same on every machine.
    /// </summary>
    public static void For(long count, int grain, Action<long, long> body)
    {
        long pieces = (count + grain - 1) / grain;
        if (pieces <= 1)
            body(0, count);
        else
            Parallel.For(0, pieces, piece => body(piece * grain, Math.Min(count, (piece + 1) * grain)));
    }
}
