using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using SkiaSharp;
using WebApp.Access;
using WebApp.Endpoints;
using WebApp.Limits;
using WebApp.Models;
using WebApp.Streaming;

namespace WebApp;

/// <summary>Puts the service together.</summary>
internal static class ClassificationService
{
    /// <param name="args">Command line: settings as <c>--Service:Model=model.zip</c>.</param>
    /// <param name="configure">Changes the builder before the service is built; for tests and benchmarks.</param>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        // Skia keeps mipmaps of the pictures that it has resized, up to some hundred megabytes. None of them comes again.
        SKGraphics.SetResourceCacheTotalByteLimit(0);
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            // The page and the settings lie beside the program, whatever folder it is started in.
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Services.AddOptions<ServiceOptions>().BindConfiguration(ServiceOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<ServiceOptions>, KnownSettings>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ServiceMetrics>();
        builder.Services.AddSingleton<UploadReader>();
        builder.Services.AddSingleton<Classifier>();
        builder.Services.AddSingleton<StreamServer>();
        builder.Services.AddSingleton<INetworkRunner, EngineRunner>();
        // Started before the models are loaded.
        builder.Services.AddHostedService<ModelWarnings>();
        builder.Services.AddSingleton<ModelLog>();
        builder.Services.AddSingleton<ModelHost>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ModelHost>());
        builder.Services.AddOpenApi();
        ResponseHeaders.Add(builder.Services);
        builder.Services.AddSingleton<Refusals>();
        builder.Services.AddExceptionHandler<Refusals>();
        // Told to the client like any other refusal.
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.AddProxies();
        builder.Services.AddRequestLimits();
        builder.Services.AddOrigins();
        Observe(builder);
        configure?.Invoke(builder);
        builder.AddKeysAndTokens();

        WebApplication app = builder.Build();
        ServiceOptions options = app.Services.GetRequiredService<IOptions<ServiceOptions>>().Value;
        LetThreadsAnswerBeside(options.MaxConcurrency);
        if (options.KnownProxies.Length > 0)
            app.UseForwardedHeaders();
        app.UseExceptionHandler();
        app.UseCors();
        app.UseAuthentication();
        app.UseRateLimiter();
        // A camera that has gone silently gives its connection back.
        app.UseWebSockets(new() { KeepAliveInterval = TimeSpan.FromSeconds(15), KeepAliveTimeout = TimeSpan.FromSeconds(15) });
        app.UseOriginCheck();
        app.UseDefaultFiles();
        app.UseStaticFiles();
        app.UseAuthorization();
        app.MapOpenApi();
        app.MapClassification();
        if (options.EventModel is not null)
            app.MapStream();
        return app;
    }

    /// <summary>
    /// Scoring keeps its threads for as long as it takes: the pool has others at hand for those who wait for short answers.
    /// </summary>
    private static void LetThreadsAnswerBeside(int scoring)
    {
        ThreadPool.GetMinThreads(out int workers, out int completions);
        ThreadPool.SetMinThreads(Math.Max(workers, scoring + Environment.ProcessorCount), completions);
    }

    private static void Observe(WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddJsonConsole(console => console.UseUtcTimestamp = true);
        builder.Services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            metrics.AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", ServiceMetrics.MeterName);
            if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
                metrics.AddOtlpExporter();
        });
    }
}
