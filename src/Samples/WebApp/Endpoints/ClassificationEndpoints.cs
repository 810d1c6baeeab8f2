using WebApp.Access;
using WebApp.Limits;
using WebApp.Models;

namespace WebApp.Endpoints;

/// <summary>The service's addresses.</summary>
internal static class ClassificationEndpoints
{
    public static void MapClassification(this IEndpointRouteBuilder app)
    {
        Describe(app.MapPost("/classify", (HttpContext context, UploadReader uploads, Classifier classifier) =>
            AnswerAsync(context, uploads, classifier, Classification.Of)))
            .Produces<Classification>()
            .WithName("Classify").WithSummary("Classifies a picture, or a recording of an event camera.");
        Describe(app.MapPost("/inspect", (HttpContext context, UploadReader uploads, Classifier classifier) =>
            AnswerAsync(context, uploads, classifier, Inspection.Of)))
            .Produces<Inspection>()
            .WithName("Inspect").WithSummary("Classifies an upload and shows every spike on the way.");
        app.MapGet("/health", (ModelHost models) =>
        {
            Health health = Health.Of(models);
            return Results.Json(health, statusCode: health.IsOk ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        })
            .Produces<Health>().Produces<Health>(StatusCodes.Status503ServiceUnavailable)
            .WithName("Health").WithSummary("Whether the service can classify.");
    }

    private static async Task<IResult> AnswerAsync<TAnswer>(
        HttpContext context, UploadReader uploads, Classifier classifier, Func<ScoredUpload, TAnswer> answer)
    {
        TAnswer answered;
        // Nothing is held while the answer is sent.
        using (Upload upload = await uploads.ReadAsync(context.Request))
            answered = await classifier.ClassifyAsync(Client.Of(context), upload.Bytes, answer, context.RequestAborted);
        return Results.Ok(answered);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint) => endpoint
        // The bytes tell what they are, whatever the client calls them.
        .Accepts<byte[]>("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "application/octet-stream",
            "multipart/form-data", "*/*")
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status401Unauthorized)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
        .ProducesProblem(StatusCodes.Status429TooManyRequests)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
        .RequireRateLimiting(RequestLimits.Uploads)
        .RequireAuthorization(Authentication.Policy)
        .DisableAntiforgery();
}
