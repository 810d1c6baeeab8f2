namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Told of each batch before the next one; a <see cref="Progress{T}"/> is told some time later.</summary>
internal sealed class ProgressOnThread(Action<TrainingProgress> report) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => report(value);
}
