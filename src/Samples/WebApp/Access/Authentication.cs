using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;

namespace WebApp.Access;

/// <summary>
/// Who may send uploads and streams: anybody, unless the configuration has keys (Service:ApiKeys) or says whose tokens to take
/// (Authentication:Schemes:Bearer, ASP.NET Core's own section).
/// </summary>
internal static class Authentication
{
    /// <summary>The policy of endpoints that score.</summary>
    public const string Policy = "score";

    private const string _either = "KeyOrToken", _tokens = "Authentication:Schemes:Bearer";

    public static void AddKeysAndTokens(this WebApplicationBuilder builder)
    {
        bool hasKeys = builder.Configuration.GetSection($"{ServiceOptions.Section}:{nameof(ServiceOptions.ApiKeys)}").GetChildren().Any();
        bool hasTokens = builder.Configuration.GetSection(_tokens).GetChildren().Any();
        AuthorizationPolicyBuilder policy = new();
        if (hasKeys || hasTokens)
        {
            AuthenticationBuilder schemes = builder.Services.AddAuthentication(_either);
            schemes.AddPolicyScheme(_either, displayName: null, options => options.ForwardDefaultSelector = context =>
                hasKeys && (!hasTokens || context.Request.Headers.ContainsKey(ApiKeyHandler.Header))
                    ? ApiKeyHandler.SchemeName : JwtBearerDefaults.AuthenticationScheme);
            if (hasKeys)
                schemes.AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, configureOptions: null);
            if (hasTokens)
                schemes.AddJwtBearer();
            policy.RequireAuthenticatedUser();
        }
        else
        {
            builder.Services.AddAuthentication();
            policy.RequireAssertion(_ => true);
        }
        // It makes a key for cookies, writes it into the user's folder and warns of that. There are no cookies here.
        foreach (ServiceDescriptor keys in builder.Services.Where(service => service.ServiceType == typeof(IHostedService)
            && service.ImplementationType?.Assembly == typeof(DataProtectionOptions).Assembly).ToArray())
        {
            builder.Services.Remove(keys);
        }
        builder.Services.AddAuthorizationBuilder().AddPolicy(Policy, policy.Build());
    }
}
