using System.Diagnostics;

namespace Microsoft.ML.Snn.Benchmarks.Ranks;

/// <summary>Passes everything on, counts gathers and sees when the first bucket goes.</summary>
/// <param name="inner">Does the work.</param>
/// <param name="watch">Runs since a step's beginning.</param>
/// <param name="overlaps">Whether there is a second channel.</param>
internal sealed class CountingCommunicator(TrainingCommunicator inner, Stopwatch watch, bool overlaps) : TrainingCommunicator
{
    private CountingCommunicator? _second;

    /// <summary>In this step, on the first channel.</summary>
    public int Gathers { get; private set; }

    /// <summary>When the first bucket of the step began on its way, on the second channel, in milliseconds; null where none did.</summary>
    public double? FirstBucket => _second?.FirstExchange;

    public override int Rank => inner.Rank;

    public override int Size => inner.Size;

    private double? FirstExchange { get; set; }

    public void Begin()
    {
        Gathers = 0;
        _second?.FirstExchange = null;
    }

    public override void Gather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        Gathers++;
        inner.Gather(own, all);
    }

    public override void Exchange(ReadOnlySpan<byte> parts, Span<byte> received)
    {
        FirstExchange ??= watch.Elapsed.TotalMilliseconds;
        inner.Exchange(parts, received);
    }

    public override void Broadcast(Span<byte> bytes) => inner.Broadcast(bytes);

    public override TrainingCommunicator? Duplicate() =>
        overlaps && inner.Duplicate() is { } second ? _second = new(second, watch, overlaps: false) : null;

    public override void Abort(string message) => inner.Abort(message);

    protected override void Dispose(bool disposing)
    {
        _second = null;
        inner.Dispose();
    }
}
