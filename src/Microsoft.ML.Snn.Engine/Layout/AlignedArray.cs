using System.Runtime.CompilerServices;

namespace Microsoft.ML.Snn.Engine.Layout;

/// <summary>
/// An array of zeros that starts at a cache line and never moves. The garbage collector owns it: whoever uses <see cref="Pointer"/> keeps
/// the object alive.
/// </summary>
internal sealed unsafe class AlignedArray<T>
    where T : unmanaged
{
    private const int CacheLine = 64;

    private readonly byte[] _bytes;

    public AlignedArray(long length)
    {
        _bytes = GC.AllocateArray<byte>(checked((int)(length * sizeof(T) + CacheLine)), pinned: true);
        nint start = (nint)Unsafe.AsPointer(ref _bytes[0]);
        Pointer = (T*)((start + CacheLine - 1) & ~(CacheLine - 1));
        Length = (int)length;
    }

    public int Length { get; }

    public T* Pointer { get; }

    public Span<T> Span => new(Pointer, Length);
}
