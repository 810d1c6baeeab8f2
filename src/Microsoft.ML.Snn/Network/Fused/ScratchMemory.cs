using System.Runtime.InteropServices;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>Memory for one piece of work, from a cache line on, not cleared.</summary>
internal readonly unsafe struct ScratchMemory<T>(long length) : IDisposable where T : unmanaged
{
    private const nuint CacheLine = 64;

    public T* Address { get; } = (T*)NativeMemory.AlignedAlloc((nuint)length * (nuint)sizeof(T), CacheLine);

    public Span<T> Span => new(Address, checked((int)length));

    public void Dispose() => NativeMemory.AlignedFree(Address);
}
