using Microsoft.ML.Snn;
using PictureScoring;
using WebApp.Limits;
using WebApp.Models;

namespace WebApp.Endpoints;

/// <summary>Decodes and scores uploads, a bounded number at a time.</summary>
internal sealed class Classifier(
    ModelHost models, INetworkRunner networks, WorkBudget budget, ScoringTurns turns, ServiceMetrics metrics, TimeProvider time)
{
    /// <param name="client">Whose upload it is.</param>
    /// <param name="upload">The whole file: a picture, or a recording where the service has a model of recordings.</param>
    /// <param name="answer">Makes the answer of what came out.</param>
    /// <param name="cancellation">Whether anybody still waits for the answer.</param>
    /// <exception cref="RefusedException">
    /// The upload cannot be taken, there is no model, there are too many requests, or the client has had its share.
    /// </exception>
    public Task<TAnswer> ClassifyAsync<TAnswer>(
        string client, ArraySegment<byte> upload, Func<ScoredUpload, TAnswer> answer, CancellationToken cancellation) =>
        models.Recordings is { } recordings && !PictureDecoder.LooksLikePicture(upload)
            ? ClassifyAsync(recordings, "recording", new(client, budget), upload, answer, cancellation)
            : ClassifyAsync(models.Pictures, "picture", new(client, budget), upload, answer, cancellation);

    private async Task<TAnswer> ClassifyAsync<TModel, TAnswer>(
        ModelFile<TModel> file, string kind, ClientBudget client, ArraySegment<byte> upload, Func<ScoredUpload, TAnswer> answer,
        CancellationToken cancellation)
        where TModel : class, IServedModel
    {
        // Who has had its share does not even wait for a turn.
        bool isLong = file.RequireModel().Admit(upload, client);
        using IDisposable turn = await turns.TakeAsync(isLong, cancellation);
        long start = time.GetTimestamp();
        return file.Use((model, decoder) =>
        {
            (float[] features, string? damage) = decoder.Decode(upload, client);
            SpikingTrace trace = networks.Run(model.Network, features);
            metrics.Classified(kind, model.Classes[trace.PredictedClass], time.GetElapsedTime(start), trace);
            return answer(new(model.Classes, trace, damage));
        });
    }
}
