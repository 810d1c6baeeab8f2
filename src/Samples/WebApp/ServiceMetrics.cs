using System.Diagnostics.Metrics;
using Microsoft.ML.Snn;

namespace WebApp;

/// <summary>What the service measures beside ASP.NET Core's own metrics of requests and their latency.</summary>
internal sealed class ServiceMetrics
{
    public const string MeterName = "SnnMl.WebApp";

    private readonly Counter<long> _pictures;
    private readonly Counter<long> _refused;
    private readonly Histogram<double> _duration;
    private readonly Histogram<long> _spikes;
    private readonly Histogram<long> _additions;

    public ServiceMetrics(IMeterFactory factory)
    {
        Meter meter = factory.Create(MeterName);
        _pictures = meter.CreateCounter<long>("snn.pictures", "{picture}", "Pictures classified, by label.");
        _refused = meter.CreateCounter<long>("snn.refused", "{picture}", "Uploads that could not be classified, by HTTP status.");
        _duration = meter.CreateHistogram<double>("snn.scoring.duration", "s", "Time to decode and score a picture, without waiting.");
        _spikes = meter.CreateHistogram<long>("snn.spikes", "{spike}", "Spikes a picture.");
        _additions = meter.CreateHistogram<long>("snn.additions", "{addition}", "Additions of the engine, a picture.");
    }

    public void Classified(string label, TimeSpan duration, SpikingTrace trace)
    {
        _pictures.Add(1, new KeyValuePair<string, object?>("label", label));
        _duration.Record(duration.TotalSeconds);
        _spikes.Record(trace.Spikes);
        _additions.Record(trace.Additions);
    }

    public void Refused(int status) => _refused.Add(1, new KeyValuePair<string, object?>("status", status));
}
