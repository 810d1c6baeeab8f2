namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>
/// How much all nodes of a file together may make of what it has: small files must not take much memory or time, and of a large layer some
/// zeros more are made.
/// </summary>
/// <param name="fileBytes">The file's size.</param>
internal sealed class NirBudget(long fileBytes)
{
    // Products of weights, some ten seconds.
    private const long MostWork = 1L << 34;

    private Int128 _made, _worked;

    /// <summary>Values, 4 or 8 bytes each: 16 times as many as a file of float32 has, or as many as any file may ask for.</summary>
    public long MostValues { get; } = Math.Max(1L << 26, 4 * Math.Min(fileBytes, long.MaxValue / 4));

    /// <summary>Counts values that are about to be made.</summary>
    /// <returns>False where they are too many.</returns>
    public bool TryMake(Int128 values) => values <= Array.MaxLength && (_made += values) <= MostValues;

    /// <summary>Counts products that are about to be computed.</summary>
    /// <returns>False where they are too many.</returns>
    public bool TryWork(Int128 products) => (_worked += products) <= MostWork;
}
