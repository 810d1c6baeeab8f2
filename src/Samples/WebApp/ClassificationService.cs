using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using WebApp.Endpoints;
using WebApp.Models;
using WebApp.Streaming;

namespace WebApp;

/// <summary>Puts the service together.</summary>
internal static class ClassificationService
{
    // The page brings everything along: nothing else may be loaded or run.
    private const string _contentSecurityPolicy =
        "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

    /// <param name="args">Command line: settings as <c>--Service:Model=model.zip</c>.</param>
    /// <param name="configure">Changes the builder before the service is built; for tests and benchmarks.</param>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            // The page and the settings lie beside the program, whatever folder it is started in.
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Services.AddOptions<ServiceOptions>().BindConfiguration(ServiceOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ServiceMetrics>();
        builder.Services.AddSingleton<UploadReader>();
        builder.Services.AddSingleton<Classifier>();
        builder.Services.AddSingleton<INetworkRunner, EngineRunner>();
        // Started before the models are loaded.
        builder.Services.AddHostedService<ModelWarnings>();
        builder.Services.AddSingleton<ModelLog>();
        builder.Services.AddSingleton<ModelHost>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ModelHost>());
        builder.Services.AddOpenApi();
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<RefusalHandler>();
        Limit(builder);
        Observe(builder);
        configure?.Invoke(builder);

        WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = _contentSecurityPolicy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return next(context);
        });
        app.UseDefaultFiles();
        app.UseStaticFiles();
        app.MapOpenApi();
        app.MapClassification();
        if (app.Services.GetRequiredService<IOptions<ServiceOptions>>().Value.EventModel is not null)
        {
            // A camera that has gone silently gives its connection back.
            app.UseWebSockets(new() { KeepAliveInterval = TimeSpan.FromSeconds(15), KeepAliveTimeout = TimeSpan.FromSeconds(15) });
            app.MapStream();
        }
        return app;
    }

    private static void Limit(WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<KestrelServerOptions>()
            .Configure<IOptions<ServiceOptions>>((kestrel, options) =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = options.Value.MaxBodyBytes;
                kestrel.Limits.MaxConcurrentConnections = options.Value.MaxConnections;
            });
        builder.Services.AddOptions<FormOptions>().Configure<IOptions<ServiceOptions>>((form, options) =>
        {
            // In memory: the body is limited already.
            form.MemoryBufferThreshold = (int)options.Value.MaxBodyBytes;
            form.MultipartBodyLengthLimit = options.Value.MaxBodyBytes;
        });
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
