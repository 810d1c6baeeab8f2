using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.Snn.Benchmarks.Inference;
using Microsoft.ML.Snn.Engine.Running;
using WebApp;
using WebApp.Models;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Benchmarks.Service;

/// <summary>
/// The peer, a process of its own: the sample WebApp as it is, but for the network, which libtorch runs. Its answers hold scores only: what
/// a spike costs is not counted.
/// </summary>
internal static class TorchService
{
    public const string Command = "service-peer";

    /// <param name="arguments">Those of the WebApp.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        await ClassificationService.Create(arguments, builder => builder.Services.AddSingleton<INetworkRunner, TorchRunner>()).RunAsync();
        return 0;
    }

    private sealed class TorchRunner : INetworkRunner
    {
        private readonly ConditionalWeakTable<SpikingNetwork, TorchContender> _networks = [];

        public SpikingTrace Run(SpikingNetwork network, float[] features)
        {
            // A thread a request, as the engine has.
            TorchContender contender = _networks.GetValue(network, found => new(found.ToGraph(), ScalarType.Float32, threads: 1));
            float[] scores = new float[network.ClassCount];
            contender.Score(features, rows: 1, scores);
            return new([.. Enumerable.Repeat(scores, network.TimeSteps)], PredictedClass.Of(scores), [], default, dense: 0);
        }
    }
}
