using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;

namespace WebApp.Endpoints;

/// <summary>Tells the client what was wrong with its request, and the log that something was.</summary>
internal sealed partial class Refusals(IProblemDetailsService problems, ServiceMetrics metrics, ILogger<Refusals> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        RefusedException? refused = exception switch
        {
            RefusedException own => own,
            BadHttpRequestException bad => new(bad.StatusCode, bad.Message),
            // Nobody will read this; it keeps the log free of errors that are none.
            ConnectionResetException or ConnectionAbortedException => Gone(),
            OperationCanceledException when httpContext.RequestAborted.IsCancellationRequested => Gone(),
            _ => null,
        };
        if (refused is null)
            return false;
        await AnswerAsync(httpContext, refused);
        return true;

        static RefusedException Gone() => new(StatusCodes.Status499ClientClosedRequest, "The client has gone.");
    }

    public async ValueTask AnswerAsync(HttpContext context, RefusedException refused)
    {
        metrics.Refused(refused.Status);
        LogRefused(LevelOf(refused.Status), context.Request.Path, refused.Status, refused.Message);
        context.Response.StatusCode = refused.Status;
        if (refused.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
        {
            double seconds = Math.Ceiling(refused.RetryAfter?.TotalSeconds ?? 1);
            context.Response.Headers.RetryAfter = Math.Max(1, seconds).ToString(CultureInfo.InvariantCulture);
        }
        await problems.TryWriteAsync(new()
        {
            HttpContext = context, ProblemDetails = { Status = refused.Status, Detail = refused.Message },
        });
    }

    // Who floods the service must not flood its log: the metrics count these.
    private static LogLevel LevelOf(int status) =>
        status is StatusCodes.Status429TooManyRequests or StatusCodes.Status499ClientClosedRequest ? LogLevel.Debug : LogLevel.Information;

    [LoggerMessage(Message = "{Path} refused with {Status}: {Reason}")]
    private partial void LogRefused(LogLevel level, string path, int status, string reason);
}
