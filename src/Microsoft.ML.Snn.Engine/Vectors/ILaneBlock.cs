namespace Microsoft.ML.Snn.Engine.Vectors;

/// <summary>
/// Vectors side by side whose sums stay in registers while rows are added to all of them: kernels are written once over it and compiled for
/// each number of vectors.
/// </summary>
/// <remarks>
/// Structs of plain fields, since .NET 10 compiles these to what a loop unrolled by hand gives (measured on AVX-512 and AVX2: within 1 %).
/// Blocks made of smaller blocks cost 2 to 15 % on AVX2, arrays more.
/// </remarks>
internal unsafe interface ILaneBlock<TSelf, TLanes>
    where TSelf : unmanaged, ILaneBlock<TSelf, TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Number of 32-bit lanes.</summary>
    static abstract int Count { get; }

    static abstract TSelf Load(void* source);

    static abstract void Store(TSelf block, void* destination);

    static abstract TSelf AddIntegers(TSelf sums, int* row);

    /// <summary>Adds 16-bit integers, two to a lane.</summary>
    static abstract TSelf AddShorts(TSelf sums, int* row);

    /// <summary>Adds value * row, rounded after each operation.</summary>
    static abstract TSelf AddProducts(TSelf sums, TLanes value, float* row);

    /// <summary>Adds 16-bit integers to twice <see cref="Count"/> 32-bit sums, or replaces these by them.</summary>
    static abstract void AddShortsTo(TSelf shorts, int* sums, bool replaces);
}
