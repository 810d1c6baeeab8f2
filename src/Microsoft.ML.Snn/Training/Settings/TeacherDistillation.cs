using Microsoft.ML.Snn.Training.Settings;

namespace Microsoft.ML.Snn;

/// <summary>
/// How a network learns from a teacher's scores, the column that <see cref="SpikingResNetTrainer.Options.TeacherScoreColumnName"/> names:
/// <c>Weight * Temperature^2 / T * sum over t of KL(q || softmax(z[t] / Temperature))</c> is added to the loss of each sample, with the
/// outputs z[t] of its time steps and the teacher's probabilities q at that temperature.
/// </summary>
/// <remarks>
/// Of logits s, q is the softmax of s / Temperature; of probabilities p, it is p^(1 / Temperature), brought to a sum of 1: the same, where
/// p is the softmax of s. The square of the temperature keeps gradients as long as they are (Hinton, Vinyals and Dean, 2015); that each
/// time step learns from the teacher is after Yu et al. (ICML 2025, arXiv:2501.15925).
/// </remarks>
public sealed record TeacherDistillation
{
    /// <summary>Distillation of the given strength.</summary>
    /// <param name="weight">See <see cref="Weight"/>. Default 0.2.</param>
    /// <param name="temperature">See <see cref="Temperature"/>. Default 3.</param>
    /// <param name="scoreKind">See <see cref="ScoreKind"/>. Default <see cref="TeacherScoreKind.Probabilities"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public TeacherDistillation(
        double weight = 0.2, double temperature = 3, TeacherScoreKind scoreKind = TeacherScoreKind.Probabilities) =>
        (Weight, Temperature, ScoreKind) = (weight, temperature, scoreKind);

    /// <summary>Weight of the term beside the loss, above 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a finite number above 0 in float32.</exception>
    public double Weight { get; init => field = DistillationRanges.Weight(value); }

    /// <summary>What logits are divided by, above 0: the higher, the more the classes count that the teacher thinks unlikely.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a finite number above 0 in float32.</exception>
    public double Temperature { get; init => field = DistillationRanges.Temperature(value); }

    /// <summary>What the column holds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not defined.</exception>
    public TeacherScoreKind ScoreKind
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value : throw new ArgumentOutOfRangeException(nameof(ScoreKind), value, "The kind of a teacher's scores is not defined.");
    }
}
