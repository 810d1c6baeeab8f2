using Microsoft.ML.Snn;

namespace WebApp.Models;

/// <summary>Runs the network of a model. The benchmark <c>service</c> puts libtorch in the engine's place here.</summary>
internal interface INetworkRunner
{
    /// <summary>Scores the features of one upload; called by many requests at once.</summary>
    SpikingTrace Run(FoldedNetwork network, float[] features);
}

/// <summary>The library's own engine.</summary>
internal sealed class EngineRunner : INetworkRunner
{
    public SpikingTrace Run(FoldedNetwork network, float[] features) => network.Trace(features);
}
