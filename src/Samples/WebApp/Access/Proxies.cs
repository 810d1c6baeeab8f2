using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using WebApp.Limits;

namespace WebApp.Access;

/// <summary>Takes the word of the proxies that the service stands behind, and of nobody else, for who the client is.</summary>
internal static class Proxies
{
    public static void AddProxies(this IServiceCollection services) =>
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<ServiceOptions>>((forwarded, options) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            // As many as there are proxies in a row: each is checked.
            forwarded.ForwardLimit = null;
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (string proxy in options.Value.KnownProxies)
            {
                if (ClientAddress.TryParseNetwork(proxy, out System.Net.IPNetwork? network))
                    forwarded.KnownIPNetworks.Add(network.Value);
            }
        });
}
