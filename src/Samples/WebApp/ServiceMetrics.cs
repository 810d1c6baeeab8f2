using System.Diagnostics.Metrics;
using Microsoft.ML.Snn;

namespace WebApp;

/// <summary>What the service measures beside ASP.NET Core's own metrics of requests and their latency.</summary>
internal sealed class ServiceMetrics
{
    public const string MeterName = "SnnMl.WebApp";

    private readonly Counter<long> _classified;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _connectionsRefused;
    private readonly Histogram<double> _duration;
    private readonly Histogram<long> _spikes;
    private readonly Histogram<long> _additions;

    public ServiceMetrics(IMeterFactory factory)
    {
        Meter meter = factory.Create(MeterName);
        _classified = meter.CreateCounter<long>("snn.classified", "{upload}", "Uploads classified, by kind and label.");
        _refused = meter.CreateCounter<long>("snn.refused", "{request}", "Requests that were refused, by HTTP status.");
        _connectionsRefused = meter.CreateCounter<long>(
            "snn.connections.refused", "{connection}", "Connections closed because their address had too many.");
        _duration = meter.CreateHistogram<double>("snn.scoring.duration", "s", "Time to decode and score an upload, without waiting.");
        _spikes = meter.CreateHistogram<long>("snn.spikes", "{spike}", "Spikes an upload.");
        _additions = meter.CreateHistogram<long>("snn.additions", "{addition}", "Additions of the engine, an upload.");
    }

    public void Classified(string kind, string label, TimeSpan duration, SpikingTrace trace)
    {
        _classified.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("label", label));
        _duration.Record(duration.TotalSeconds);
        _spikes.Record(trace.Spikes);
        _additions.Record(trace.Additions);
    }

    public void ConnectionRefused() => _connectionsRefused.Add(1);

    public void Refused(int status) => _refused.Add(1, new KeyValuePair<string, object?>("status", status));
}
