using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace WebApp.Access;

/// <summary>Knows a client by the key in the header X-Api-Key. The service has the keys' hashes only.</summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes, ILoggerFactory loggers, UrlEncoder encoder, IOptions<ServiceOptions> service)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, loggers, encoder)
{
    public const string SchemeName = "ApiKey", Header = "X-Api-Key";

    /// <summary>Whether a text can be the hash of a key.</summary>
    public static bool IsHash(string text) => text.Length == 2 * SHA256.HashSizeInBytes && text.All(char.IsAsciiHexDigit);

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = $"{SchemeName} header=\"{Header}\"";
        return Task.CompletedTask;
    }

    private AuthenticateResult Authenticate()
    {
        if (Request.Headers[Header] is not [{ Length: > 0 } key])
            return AuthenticateResult.NoResult();
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        string? client = null;
        // All of them, in a time that tells nothing about any.
        foreach ((string name, string expected) in service.Value.ApiKeys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, Convert.FromHexString(expected)))
                client = name;
        }
        if (client is null)
            return AuthenticateResult.Fail("Nobody has this key.");
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, client)], SchemeName);
        return AuthenticateResult.Success(new(new ClaimsPrincipal(identity), SchemeName));
    }
}
