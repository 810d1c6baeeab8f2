using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using WebApp.Endpoints;

namespace Samples.Tests.WebService;

/// <summary>The meters of a process are heard whatever service they belong to: no other may run meanwhile.</summary>
[CollectionDefinition(nameof(MetricsTests), DisableParallelization = true)]
[Collection(nameof(MetricsTests))]
public sealed class MetricsTests(TrainedModel trained)
{
    [Fact]
    public async Task Requests_latency_and_spikes_are_measured()
    {
        var exported = new List<Metric>();
        await using RunningService service = await RunningService.StartAsync(
            trained, configure: builder => builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddInMemoryExporter(exported)));
        Classification answer = await service.ClassifyAsync(TrainedModel.Draw("blue", new Random(3)));
        using HttpResponseMessage refused = await service.PostAsync([1, 2, 3]);
        var metrics = service.Services.GetRequiredService<MeterProvider>();
        metrics.ForceFlush();
        Assert.Equal(answer.Spikes, Points("snn.spikes").Sum(point => point.GetHistogramSum()));
        Assert.Equal(answer.Additions, Points("snn.additions").Sum(point => point.GetHistogramSum()));
        Assert.Equal(1, Points("snn.scoring.duration").Sum(point => point.GetHistogramCount()));
        Assert.Equal(1, Points("snn.classified").Sum(point => point.GetSumLong()));
        Assert.Equal(1, Points("snn.refused").Sum(point => point.GetSumLong()));
        // The server notes a request's duration when it has ended, which may be after its answer has come.
        long Requests() => Points("http.server.request.duration").Sum(point => point.GetHistogramCount());
        bool AreCounted() => metrics.ForceFlush() && exported.Exists(metric => metric.Name == "http.server.request.duration") && Requests() >= 2;
        SpinWait.SpinUntil(AreCounted, TimeSpan.FromSeconds(30));
        Assert.Equal(2, Requests());

        IEnumerable<MetricPoint> Points(string name)
        {
            var points = new List<MetricPoint>();
            // The exporter hands over an instrument again each time that it is flushed; the last one holds all.
            foreach (ref readonly MetricPoint point in exported.Last(metric => metric.Name == name).GetMetricPoints())
                points.Add(point);
            return points;
        }
    }
}
