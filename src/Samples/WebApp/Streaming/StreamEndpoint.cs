using WebApp.Access;
using WebApp.Endpoints;
using WebApp.Limits;
using WebApp.Models;

namespace WebApp.Streaming;

/// <summary>
/// <c>/stream</c>: a WebSocket that takes the events of a camera as they come, in binary messages of whole events (<see
/// cref="EventPacket"/>), and answers each full slice of <c>?sliceEvents=</c> events with its scores as JSON.
/// </summary>
internal static class StreamEndpoint
{
    public static void MapStream(this IEndpointRouteBuilder app)
    {
        ModelFile<ServedRecordings> file = app.ServiceProvider.GetRequiredService<ModelHost>().Recordings!;
        app.Map("/stream", (HttpContext context, StreamServer server, int sliceEvents = 1000) =>
        {
            if (!context.WebSockets.IsWebSocketRequest)
                throw new RefusedException(StatusCodes.Status426UpgradeRequired, "Events are taken over a WebSocket only.");
            return server.ServeAsync(context, file, sliceEvents);
        })
            .RequireRateLimiting(RequestLimits.Streams)
            .RequireAuthorization(Authentication.Policy)
            .ExcludeFromDescription();
    }
}
