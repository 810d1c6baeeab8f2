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

    /// <param name="upload">The whole file: a picture, or a recording where the service has a model of recordings.</param>
    /// <param name="answer">Makes the answer of the classes' names and what happened in the network.</param>
    /// <param name="cancellation">Whether anybody still waits for the answer.</param>
    /// <exception cref="RefusedException">The upload cannot be taken, there is no model, or there are too many requests.</exception>
    public async Task<TAnswer> ClassifyAsync<TAnswer>(
        ArraySegment<byte> upload, Func<IReadOnlyList<string>, SpikingTrace, TAnswer> answer, CancellationToken cancellation)
    {
        using RateLimitLease turn = await _turns.AcquireAsync(permitCount: 1, cancellation);
        if (!turn.IsAcquired)
            throw new RefusedException(StatusCodes.Status429TooManyRequests, "Too many uploads are waiting: try again in a moment.");
        return models.Recordings is { } recordings && !PictureDecoder.LooksLikePicture(upload)
            ? Classify(recordings, "recording", upload, answer)
            : Classify(models.Pictures, "picture", upload, answer);
    }

    public void Dispose() => _turns.Dispose();

    private TAnswer Classify<TModel, TAnswer>(
        ModelFile<TModel> file, string kind, ArraySegment<byte> upload, Func<IReadOnlyList<string>, SpikingTrace, TAnswer> answer)
        where TModel : class, IServedModel
    {
        long start = time.GetTimestamp();
        return file.Use((model, decoder) =>
        {
            SpikingTrace trace = networks.Run(model.Network, decoder.Decode(upload));
            metrics.Classified(kind, model.Classes[trace.PredictedClass], time.GetElapsedTime(start), trace);
            return answer(model.Classes, trace);
        });
    }
}
