namespace Microsoft.ML.Snn.Interchange.Weights;

/// <summary>A tensor of a file: where it is, and how to read it.</summary>
/// <param name="Name">As in the file; nested dictionaries' keys are joined by dots.</param>
/// <param name="Shape">Its sizes; none for a single number.</param>
/// <param name="Read">Its values in row-major order; null for integers, which no layer takes.</param>
internal sealed record NamedTensor(string Name, long[] Shape, Func<float[]>? Read)
{
    /// <summary>The product of sizes.</summary>
    /// <exception cref="InvalidDataException">A size is negative, or the product is too large.</exception>
    public static long Count(string name, IEnumerable<long> shape)
    {
        Int128 count = 1;
        foreach (long size in shape)
        {
            if (size < 0 || (count *= size) > Array.MaxLength)
                throw new InvalidDataException($"Tensor {name} has a size that cannot be: [{string.Join(", ", shape)}].");
        }
        return (long)count;
    }
}
