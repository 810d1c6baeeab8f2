using Microsoft.Extensions.Options;
using Microsoft.ML.Snn;

namespace WebApp.Models;

/// <summary>Runs the network of a model. The benchmark <c>service</c> puts libtorch in the engine's place here.</summary>
internal interface INetworkRunner
{
    /// <summary>Scores the features of one upload; called by many requests at once.</summary>
    SpikingTrace Run(SpikingNetwork network, float[] features);
}

/// <summary>The library's own engine, which stops as early as the settings allow.</summary>
internal sealed class EngineRunner(IOptions<ServiceOptions> options) : INetworkRunner
{
    private readonly EarlyExit _exit = new() { Confidence = options.Value.ExitConfidence, Margin = options.Value.ExitMargin };

    public SpikingTrace Run(SpikingNetwork network, float[] features) => network.Trace(features, _exit);
}
