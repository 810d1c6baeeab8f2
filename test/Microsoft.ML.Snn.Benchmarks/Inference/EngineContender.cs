namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>This library's engine.</summary>
internal sealed class EngineContender : IContender
{
    private readonly SpikingNetwork _network;

    public EngineContender(string name, SpikingNetwork network, int threads)
    {
        Name = name;
        _network = network.WithThreads(threads);
    }

    public string Name { get; }

    public void Score(float[] features, int rows, float[] scores) => _network.Score(features, scores);

    public void Dispose()
    {
    }
}
