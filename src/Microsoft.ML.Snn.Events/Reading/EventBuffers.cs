using System.Buffers;

namespace Microsoft.ML.Snn.Events.Reading;

/// <summary>
/// Arrays of events for a moment. Small ones come from the shared pool; large ones are left to the garbage collector, since the pool keeps
/// what it is given for minutes, or for as long as no garbage is collected.
/// </summary>
internal static class EventBuffers
{
    /// <summary>The longest array that is pooled: 1 MiB.</summary>
    public const int MostPooled = 1 << 16;

    /// <summary>An array of at least so many events, of any content.</summary>
    public static PolarityEvent[] Rent(int count) => count <= MostPooled
        ? ArrayPool<PolarityEvent>.Shared.Rent(count) : GC.AllocateUninitializedArray<PolarityEvent>(count);

    public static void Return(PolarityEvent[] events)
    {
        if (events.Length <= MostPooled)
            ArrayPool<PolarityEvent>.Shared.Return(events);
    }
}
