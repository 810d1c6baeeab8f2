using Microsoft.ML.Snn;
using WebApp.Models;

namespace WebApp.Endpoints;

/// <summary>The service's addresses.</summary>
internal static class PictureEndpoints
{
    public static void MapPictures(this IEndpointRouteBuilder app)
    {
        Describe(app.MapPost("/classify", (HttpContext context, UploadReader uploads, Classifier classifier) =>
            AnswerAsync(context, uploads, classifier, Classification.Of)))
            .Produces<Classification>()
            .WithName("Classify").WithSummary("Classifies a picture.");
        Describe(app.MapPost("/inspect", (HttpContext context, UploadReader uploads, Classifier classifier) =>
            AnswerAsync(context, uploads, classifier, Inspection.Of)))
            .Produces<Inspection>()
            .WithName("Inspect").WithSummary("Classifies a picture and shows every spike on the way.");
        app.MapGet("/health", (ModelHost models) => models.Model is { } model
            ? Results.Ok(new Health("ok", model.Classes.Count, model.Network.TimeSteps))
            : Results.Json(new Health("no model", null, null), statusCode: StatusCodes.Status503ServiceUnavailable))
            .Produces<Health>().Produces<Health>(StatusCodes.Status503ServiceUnavailable)
            .WithName("Health").WithSummary("Whether the service can classify.");
    }

    private static async Task<IResult> AnswerAsync<TAnswer>(
        HttpContext context, UploadReader uploads, Classifier classifier, Func<IReadOnlyList<string>, SpikingTrace, TAnswer> answer)
        where TAnswer : class
    {
        ReadOnlyMemory<byte> picture = await uploads.ReadAsync(context.Request, context.RequestAborted);
        return Results.Ok(await classifier.ClassifyAsync(picture, answer, context.RequestAborted));
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint) => endpoint
        .Accepts<byte[]>("application/octet-stream", "image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "multipart/form-data")
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
        .ProducesProblem(StatusCodes.Status429TooManyRequests)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
        .DisableAntiforgery();
}
