using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using WebApp.Endpoints;

namespace WebApp.Limits;

/// <summary>Sets up what ASP.NET Core itself can limit: connections, sizes and speeds, requests of a client.</summary>
internal static class RequestLimits
{
    /// <summary>The policy of endpoints that take an upload.</summary>
    public const string Uploads = "uploads";

    /// <summary>The policy of the endpoint that takes streams.</summary>
    public const string Streams = "streams";

    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(5);

    public static void AddRequestLimits(this IServiceCollection services)
    {
        services.AddSingleton<ClientConnections>();
        services.AddSingleton<UploadMemory>();
        services.AddSingleton<WorkBudget>();
        services.AddSingleton<ScoringTurns>();
        services.AddHostedService<MemoryReturn>();
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<ServiceOptions>, ClientConnections>(
            (kestrel, options, connections) =>
        {
            ServiceOptions service = options.Value;
            kestrel.AddServerHeader = false;
            KestrelServerLimits limits = kestrel.Limits;
            limits.MaxRequestBodySize = service.MaxBodyBytes;
            limits.MaxConcurrentConnections = service.MaxConnections;
            limits.KeepAliveTimeout = service.IdleTimeout;
            limits.RequestHeadersTimeout = service.HeadersTimeout;
            limits.MinRequestBodyDataRate = new(service.MinBytesPerSecond, _grace);
            limits.MinResponseDataRate = new(service.MinBytesPerSecond, _grace);
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(connections.Limit));
        });
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<ServiceOptions>>((limiter, options) => Limit(limiter, options.Value));
    }

    private static void Limit(RateLimiterOptions limiter, ServiceOptions service)
    {
        TokenBucketRateLimiterOptions requests = WorkBudget.Bucket(service.ClientRequestsPerSecond, 2L * service.ClientRequestsPerSecond);
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(
            context => RateLimitPartition.GetTokenBucketLimiter(Client.Of(context), _ => requests));
        AddConcurrency(Uploads, service.ClientUploads);
        AddConcurrency(Streams, service.ClientStreams);
        limiter.OnRejected = (rejected, cancellation) => RefuseAsync(rejected, service);

        void AddConcurrency(string policy, int most) => limiter.AddPolicy(
            policy, context => RateLimitPartition.GetConcurrencyLimiter(Client.Of(context), _ => new() { PermitLimit = most }));
    }

    private static async ValueTask RefuseAsync(OnRejectedContext rejected, ServiceOptions service)
    {
        // A token bucket knows how long to wait; the limits of what is under way do not.
        bool isRate = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait);
        string reason = isRate ? $"You have sent too many requests lately: {service.ClientRequestsPerSecond} a second are taken."
            : $"You have too much under way: {service.ClientUploads} uploads and {service.ClientStreams} streams at the same time are "
            + "taken.";
        var refused = new RefusedException(StatusCodes.Status429TooManyRequests, reason, isRate ? wait : null);
        await rejected.HttpContext.RequestServices.GetRequiredService<Refusals>().AnswerAsync(rejected.HttpContext, refused);
    }
}
