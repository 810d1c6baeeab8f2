namespace Microsoft.ML.Snn.Interchange.Weights;

/// <summary>A tensor of a file: where it is, and how to read it.</summary>
/// <param name="Name">As in the file; nested dictionaries' keys are joined by dots.</param>
/// <param name="Shape">Its sizes; none for a single number.</param>
/// <param name="Read">
/// Its values in row-major order; null for integers, which no layer takes. Throws an <see cref="InvalidDataException"/> where they are of a
/// type that is not known.
/// </param>
internal sealed record NamedTensor(string Name, long[] Shape, Func<float[]>? Read)
{
    /// <summary>The most dimensions that a tensor may have: as many as PyTorch's.</summary>
    public const int MostDimensions = 64;

    /// <summary>The product of sizes.</summary>
    /// <exception cref="InvalidDataException">There are too many sizes, one is negative, or the product is too large.</exception>
    public static long Count(string name, long[] shape)
    {
        if (shape.Length > MostDimensions)
            throw new InvalidDataException($"Tensor {name} is said to have {shape.Length} dimensions; {MostDimensions} are the most.");
        Int128 count = 1;
        foreach (long size in shape)
        {
            if (size < 0 || (count *= size) > Array.MaxLength)
                throw new InvalidDataException($"Tensor {name} has a size that cannot be: [{string.Join(", ", shape)}].");
        }
        return (long)count;
    }
}
