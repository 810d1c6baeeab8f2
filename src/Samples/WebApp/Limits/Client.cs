using System.Net;
using System.Security.Claims;

namespace WebApp.Limits;

/// <summary>Who a request is from, as far as the limits are concerned.</summary>
internal static class Client
{
    public static string Of(HttpContext context)
    {
        if (context.User.Identity is { IsAuthenticated: true } user)
            return $"{user.AuthenticationType} {context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? user.Name}";
        return ClientAddress.Of(context.Connection.RemoteIpAddress ?? IPAddress.None).ToString();
    }
}
