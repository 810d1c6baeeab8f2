namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>One way to run a folded network.</summary>
internal interface IContender : IDisposable
{
    string Name { get; }

    /// <summary>Scores rows of [C, H, W] features.</summary>
    void Score(float[] features, int rows, float[] scores);
}
