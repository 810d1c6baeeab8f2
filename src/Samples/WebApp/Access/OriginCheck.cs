using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;
using WebApp.Endpoints;

namespace WebApp.Access;

/// <summary>
/// Refuses uploads and streams that a page of another site has a browser send: the browser stands where the service can be reached, its
/// page may come from anywhere. Programs other than browsers name no origin.
/// </summary>
internal static class OriginCheck
{
    /// <summary>Whether a text is a scheme and a host, and a port unless it is the usual one.</summary>
    public static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
        && uri.GetLeftPart(UriPartial.Authority).Equals(text, StringComparison.OrdinalIgnoreCase);

    /// <summary>Lets browsers hand the answers to pages of the sites that are allowed.</summary>
    public static void AddOrigins(this IServiceCollection services)
    {
        services.AddCors();
        services.AddOptions<CorsOptions>().Configure<IOptions<ServiceOptions>>((cors, options) => cors.AddDefaultPolicy(policy =>
            policy.WithOrigins(options.Value.AllowedOrigins).WithMethods(HttpMethods.Get, HttpMethods.Post).AllowAnyHeader()
                .WithExposedHeaders("Retry-After")));
    }

    public static void UseOriginCheck(this WebApplication app)
    {
        string[] allowed = app.Services.GetRequiredService<IOptions<ServiceOptions>>().Value.AllowedOrigins;
        app.Use((context, next) =>
        {
            HttpRequest request = context.Request;
            bool isRead = (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
                && !context.WebSockets.IsWebSocketRequest;
            return isRead || IsAllowed(request, allowed)
                ? next(context)
                : throw new RefusedException(
                    StatusCodes.Status403Forbidden, "Pages of this origin may not use the service (Service:AllowedOrigins).");
        });
    }

    private static bool IsAllowed(HttpRequest request, string[] allowed)
    {
        // A header that no page can set: it holds behind proxies too, which may change the host.
        if (request.Headers["Sec-Fetch-Site"] is ["same-origin" or "none"] || request.Headers.Origin is not [{ } origin])
            return request.Headers.Origin.Count <= 1;
        return allowed.Contains(origin, StringComparer.OrdinalIgnoreCase)
            || Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri)
            && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }
}
