using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Microsoft.ML.Snn;
using PictureScoring;
using WebApp.Models;

namespace WebApp.Endpoints;

/// <summary>Decodes and scores uploads, a bounded number at a time.</summary>
internal sealed class Classifier(
    ModelHost models, INetworkRunner networks, ServiceMetrics metrics, TimeProvider time, IOptions<ServiceOptions> options) : IDisposable
{
    // Only scoring takes a turn: a client that sends slowly holds nobody up.
    private readonly ConcurrencyLimiter _turns = new(new()
    {
        PermitLimit = options.Value.MaxConcurrency,
        QueueLimit = options.Value.MaxWaiting,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <param name="picture">The whole file.</param>
    /// <param name="answer">Makes the answer of the classes' names and what happened in the network.</param>
    /// <param name="cancellation">Whether anybody still waits for the answer.</param>
    /// <exception cref="RefusedException">No picture, no model, or too many requests.</exception>
    public async Task<TAnswer> ClassifyAsync<TAnswer>(
        ReadOnlyMemory<byte> picture, Func<IReadOnlyList<string>, SpikingTrace, TAnswer> answer, CancellationToken cancellation)
        where TAnswer : class
    {
        using RateLimitLease turn = await _turns.AcquireAsync(permitCount: 1, cancellation);
        if (!turn.IsAcquired)
            throw new RefusedException(StatusCodes.Status429TooManyRequests, "Too many pictures are waiting: try again in a moment.");
        long start = time.GetTimestamp();
        return models.Use((model, scorer) =>
        {
            SpikingTrace trace = networks.Run(model.Network, Features(scorer, picture.Span));
            int best = Enumerable.Range(0, model.Classes.Count).MaxBy(i => trace.Scores[^1][i]);
            metrics.Classified(model.Classes[best], time.GetElapsedTime(start), trace);
            return answer(model.Classes, trace);
        }) ?? throw new RefusedException(StatusCodes.Status503ServiceUnavailable,
            "There is no model yet: make one with 'dotnet run -c Release --project src/Samples/TrainAndScore'.");
    }

    public void Dispose() => _turns.Dispose();

    private float[] Features(PictureScorer scorer, ReadOnlySpan<byte> picture)
    {
        try
        {
            return scorer.Features(PictureDecoder.Decode(picture, options.Value.MaxPixels));
        }
        catch (UnreadablePictureException e)
        {
            throw new RefusedException(StatusCodes.Status422UnprocessableEntity, $"The picture cannot be taken: {e.Message}.");
        }
    }
}
