using System.Runtime.CompilerServices;
using Microsoft.ML.Snn.Events.Reading;

namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>What reading a recording leaves behind.</summary>
public sealed class EventBuffersTests
{
    [Fact]
    public void Small_arrays_serve_again()
    {
        PolarityEvent[] first = EventBuffers.Rent(EventBuffers.MostPooled);
        EventBuffers.Return(first);
        PolarityEvent[] again = EventBuffers.Rent(EventBuffers.MostPooled);
        Assert.Same(first, again);
        EventBuffers.Return(again);
    }

    [Fact]
    public void Large_ones_are_left_to_the_garbage_collector()
    {
        WeakReference large = RentAndReturn();
        GC.Collect();
        Assert.False(large.IsAlive);

        // A frame of its own, whose variables hold nothing afterwards.
        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference RentAndReturn()
        {
            PolarityEvent[] events = EventBuffers.Rent(EventBuffers.MostPooled + 1);
            Assert.True(events.Length > EventBuffers.MostPooled);
            EventBuffers.Return(events);
            return new(events);
        }
    }
}
