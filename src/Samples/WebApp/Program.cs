// A web service that classifies pictures and recordings of event cameras with saved models, and a page that shows what happens in the
// network meanwhile.
//
//     dotnet run -c Release --project src/Samples/TrainAndScore        once: trains a small model on pictures that it draws itself
//     dotnet run -c Release --project src/Samples/WebApp               then open http://localhost:5000
//
//     curl --data-binary @picture.png http://localhost:5000/classify   the picture as the body, or
//     curl -F picture=@picture.png http://localhost:5000/classify      as a form's file
//
// Give the service a model of recordings, such as the sample EventCamera makes, with --Service:EventModel=artifacts/EventCamera/model.zip,
// and it takes recordings the same way, told from pictures by their content, and the events of a camera as they come: the WebSocket /stream
// answers with running scores. The bytes of an event are described in Streaming/EventPacket.cs.
//
// Another model: --Service:Model=my/model.zip. When a model's file changes, the service takes the new model without losing a request. All
// settings are in ServiceOptions.cs; set them in appsettings.json, as arguments, or as environment variables (Service__MaxPixels).
// Metrics go wherever OTEL_EXPORTER_OTLP_ENDPOINT points; the API's description is at /openapi/v1.json. Where to look:
//
//     ClassificationService.cs   what the service is made of
//     Endpoints/                 reading uploads, answering
//     Models/                    the models, from the bytes of an upload to features; taking a new model
//     Streaming/                 events of a camera over a WebSocket
//     wwwroot/                   the page

using System.Globalization;
using Microsoft.Extensions.Options;
using WebApp;

CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
try
{
    await ClassificationService.Create(args).RunAsync();
    return 0;
}
catch (OptionsValidationException e)
{
    foreach (string failure in e.Failures)
        Console.Error.WriteLine($"Section {ServiceOptions.Section} of the settings: {failure}");
    return 2;
}
// A text where a number belongs.
catch (InvalidOperationException e) when (e.Source == typeof(ConfigurationBinder).Assembly.GetName().Name)
{
    Console.Error.WriteLine($"Section {ServiceOptions.Section} of the settings: {e.Message}");
    return 2;
}
