using Microsoft.AspNetCore.Diagnostics;

namespace WebApp.Endpoints;

/// <summary>Tells the client what was wrong with its request, and the log that something was.</summary>
internal sealed partial class RefusalHandler(
    IProblemDetailsService problems, ServiceMetrics metrics, ILogger<RefusalHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        (int status, string reason) = exception switch
        {
            RefusedException refused => (refused.Status, refused.Message),
            BadHttpRequestException bad => (bad.StatusCode, bad.Message),
            _ => (0, ""),
        };
        if (status == 0)
            return false;
        metrics.Refused(status);
        LogRefused(context.Request.Path, status, reason);
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status429TooManyRequests)
            context.Response.Headers.RetryAfter = "1";
        return await problems.TryWriteAsync(new()
        {
            HttpContext = context, Exception = exception, ProblemDetails = { Status = status, Detail = reason },
        });
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} refused with {Status}: {Reason}")]
    private partial void LogRefused(string path, int status, string reason);
}
