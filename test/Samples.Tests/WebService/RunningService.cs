using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WebApp;
using WebApp.Endpoints;

namespace Samples.Tests.WebService;

/// <summary>The service on a free port of the loopback, with a model file of its own.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningService(WebApplication app, string model)
    {
        _app = app;
        Model = model;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Client = new HttpClient { BaseAddress = Address };
    }

    /// <summary>The path of the model.</summary>
    public string Model { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    /// <param name="trained">Whose model to copy.</param>
    /// <param name="withModel">Whether the model is there from the start.</param>
    /// <param name="configure">Changes the service before it is built.</param>
    /// <param name="settings">Further settings of the section Service, as <c>Name=value</c>; where tests send many requests, that is no attack.</param>
    public static async Task<RunningService> StartAsync(
        TrainedModel trained, bool withModel = true, Action<WebApplicationBuilder>? configure = null, params string[] settings)
    {
        string model = Path.Combine(trained.Folder, $"service-{Guid.NewGuid():N}.zip");
        if (withModel)
            File.Copy(trained.Path, model);
        WebApplication app = ClassificationService.Create(
            ["--urls=http://127.0.0.1:0", $"--Service:Model={model}", "--Service:ModelPolling=00:00:00.02",
                "--Service:ClientRequestsPerSecond=1000000", .. settings.Select(setting => $"--Service:{setting}")],
            builder =>
            {
                builder.Logging.ClearProviders();
                configure?.Invoke(builder);
            });
        await app.StartAsync();
        return new(app, model);
    }

    public Task<HttpResponseMessage> PostAsync(byte[] body, string path = "classify") => Client.PostAsync(path, new ByteArrayContent(body));

    public async Task<Classification> ClassifyAsync(byte[] picture)
    {
        using HttpResponseMessage response = await PostAsync(picture);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<Classification>())!;
    }

    /// <summary>Waits until a condition holds; fails after half a minute.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
            await Task.Delay(10, patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
