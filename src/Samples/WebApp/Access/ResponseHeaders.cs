using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace WebApp.Access;

/// <summary>What every answer has: the headers that a browser needs, and a body that says what is wrong where something is.</summary>
internal sealed class ResponseHeaders : IStartupFilter
{
    // The page brings everything along: nothing else may be loaded or run.
    private const string _contentSecurityPolicy =
        "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void Add(IServiceCollection services)
    {
        // Before ASP.NET Core's own, which checks the host: its refusals are answers too.
        services.Insert(0, ServiceDescriptor.Transient<IStartupFilter, ResponseHeaders>());
        services.Configure<HostFilteringOptions>(hosts => hosts.IncludeFailureMessage = false);
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = problem =>
            problem.ProblemDetails.Detail ??= Explain(problem.HttpContext));
    }

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, following) =>
        {
            // Only now: what refuses a request clears the headers first.
            context.Response.OnStarting(static state =>
            {
                IHeaderDictionary headers = ((HttpResponse)state).Headers;
                headers.ContentSecurityPolicy = _contentSecurityPolicy;
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                return Task.CompletedTask;
            }, context.Response);
            return following(context);
        });
        app.UseStatusCodePages();
        next(app);
    };

    /// <summary>What ASP.NET Core refuses without a word.</summary>
    private static string? Explain(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status400BadRequest when context.GetEndpoint() is null =>
            "The service does not go by this host's name (AllowedHosts in its settings).",
        StatusCodes.Status401Unauthorized => $"A key in the header {ApiKeyHandler.Header}, or a bearer token, is missing or not valid.",
        StatusCodes.Status405MethodNotAllowed => $"The method {context.Request.Method} is not for this address.",
        _ => null,
    };
}
