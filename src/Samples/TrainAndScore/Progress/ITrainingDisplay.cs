using Microsoft.ML.Snn;

namespace TrainAndScore.Progress;

/// <summary>Shows a training run while it goes on.</summary>
internal interface ITrainingDisplay : IProgress<TrainingProgress>
{
    /// <summary>The epochs so far.</summary>
    IReadOnlyList<TrainingMetrics> Epochs { get; }

    /// <summary>Runs <paramref name="training"/>, which reports its batches and calls the method below, and shows what they tell.</summary>
    T During<T>(Func<T> training);

    /// <summary>Receives each epoch's metrics.</summary>
    void ShowEpoch(TrainingMetrics metrics);
}
