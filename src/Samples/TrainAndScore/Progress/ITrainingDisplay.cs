using Microsoft.ML.Snn;

namespace TrainAndScore.Progress;

/// <summary>Shows a training run while it goes on.</summary>
internal interface ITrainingDisplay
{
    /// <summary>The epochs so far.</summary>
    IReadOnlyList<TrainingMetrics> Epochs { get; }

    /// <summary>Runs <paramref name="training"/>, which calls the two methods below, and shows what they tell.</summary>
    T During<T>(Func<T> training);

    /// <summary>Receives each batch's progress.</summary>
    void ShowProgress(TrainingProgress progress);

    /// <summary>Receives each epoch's metrics.</summary>
    void ShowEpoch(TrainingMetrics metrics);
}
