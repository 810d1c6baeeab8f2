namespace Microsoft.ML.Snn.Benchmarks.Training;

/// <summary>One measured task: ResNet-19 at a width, on random images 32x32 of ten classes.</summary>
internal sealed record TrainingCase(double Width, int TimeSteps)
{
    public const int BatchSize = 16;
    public const int Threads = 2;
    public const double LearningRate = 0.1;
    public const double Momentum = 0.9;

    public SpikingResNetArchitecture Architecture => SpikingResNetArchitecture.ResNet19.WithWidth(Width);

    public override string ToString() => $"width {Width}, T = {TimeSteps}";
}
