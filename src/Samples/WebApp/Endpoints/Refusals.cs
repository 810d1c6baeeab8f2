using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;

namespace WebApp.Endpoints;

/// <summary>Tells the client what was wrong with its request, and the log that something was.</summary>
internal sealed partial class Refusals(IProblemDetailsService problems, ServiceMetrics metrics, ILogger<Refusals> logger)
    : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is ConnectionResetException or ConnectionAbortedException
            || exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            // The client has gone, which is no error. Kestrel may not know yet, and would look for the rest of the upload.
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            httpContext.Abort();
            return true;
        }
        RefusedException? refused = exception switch
        {
            RefusedException own => own,
            BadHttpRequestException bad => new(bad.StatusCode, bad.Message),
            _ => null,
        };
        if (refused is null)
            return false;
        await AnswerAsync(httpContext, refused);
        return true;
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
    private static LogLevel LevelOf(int status) => status == StatusCodes.Status429TooManyRequests ? LogLevel.Debug : LogLevel.Information;

    [LoggerMessage(Message = "{Path} refused with {Status}: {Reason}")]
    private partial void LogRefused(LogLevel level, string path, int status, string reason);
}
