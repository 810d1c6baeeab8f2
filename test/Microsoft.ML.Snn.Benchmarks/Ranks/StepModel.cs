namespace Microsoft.ML.Snn.Benchmarks.Ranks;

/// <summary>
/// What a step of a rank takes, in milliseconds, of what was measured between two hosts: computing, the joint statistics' messages, the
/// processor time of the gradients' exchange, and as much of the link's time as the backward pass does not cover.
/// </summary>
internal sealed record StepModel
{
    // As in the trainer: among more ranks sums go in two calls.
    private const int MostThatGather = 8;

    /// <summary>Numbers in the network, and in a bucket.</summary>
    public required double Parameters { get; init; }

    public required double BucketSize { get; init; }

    /// <summary>Sums of joint statistics in a step.</summary>
    public required int Sums { get; init; }

    /// <summary>A step without other ranks.</summary>
    public required double Alone { get; init; }

    /// <summary>What is left of the backward pass when the first bucket is full.</summary>
    public required double Cover { get; init; }

    /// <summary>Copies, sums and the network's stack, of all gradients of one of two ranks.</summary>
    public required double Exchange { get; init; }

    /// <summary>A sum of joint statistics between two ranks.</summary>
    public required double Latency { get; init; }

    /// <summary>Processor time of a small message.</summary>
    public required double Message { get; init; }

    /// <param name="ranks">K.</param>
    /// <param name="gigabits">The link's, a second and each way; infinite for none that limits.</param>
    /// <param name="bytes">Of a number on its way: 4 or 2.</param>
    /// <param name="overlaps">Whether gradients go during the backward pass.</param>
    /// <param name="joint">Whether tdBN normalizes over all ranks.</param>
    public double Step(int ranks, double gigabits, int bytes, bool overlaps, bool joint)
    {
        double sent = 2.0 * (ranks - 1) / ranks, buckets = Math.Ceiling(Parameters / BucketSize);
        double link = Link(Parameters), last = Link(Parameters % BucketSize);
        // To each of the others twice a bucket; of two ranks the exchange has these.
        double messages = buckets * 2 * (ranks - 2) * Message;
        double sum = ranks <= MostThatGather ? Latency + (ranks - 2) * Message : 2 * Latency + 2 * (ranks - 2) * Message;
        double waiting = overlaps ? Math.Max(last, link - Cover) : link;
        return Alone + (joint ? Sums * sum : 0) + Exchange * sent + messages + waiting;

        double Link(double numbers) => sent * numbers * bytes * 8 / (gigabits * 1e6);
    }
}
