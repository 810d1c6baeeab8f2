using Microsoft.ML.Snn.Training.Settings;

namespace Microsoft.ML.Snn;

/// <summary>
/// Lets each time step learn what all of them answer together: <c>Weight * Temperature^2 / T * sum over t of
/// KL(softmax(m / Temperature) || softmax(z[t] / Temperature))</c> is added to the loss of each sample, with the outputs z[t] and their
/// mean m over the time steps.
/// </summary>
/// <remarks>
/// The mean is the teacher: no gradient passes through it, and the divergence is that of the step's answer from it. The square of the
/// temperature keeps gradients as long as they are (Hinton, Vinyals and Dean, 2015). After the temporal-wise self-distillation of Yu et al.
/// (ICML 2025, arXiv:2501.15925), whose teacher is the mean of those steps alone that answer correctly.
/// </remarks>
public sealed record TemporalSelfDistillation
{
    /// <summary>Self-distillation of the given strength.</summary>
    /// <param name="weight">See <see cref="Weight"/>. Default 0.5.</param>
    /// <param name="temperature">See <see cref="Temperature"/>. Default 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public TemporalSelfDistillation(double weight = 0.5, double temperature = 3) => (Weight, Temperature) = (weight, temperature);

    /// <summary>Weight of the term beside the loss, above 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a finite number above 0 in float32.</exception>
    public double Weight { get; init => field = DistillationRanges.Weight(value); }

    /// <summary>What outputs are divided by, above 0: the higher, the more the lower scores count.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a finite number above 0 in float32.</exception>
    public double Temperature { get; init => field = DistillationRanges.Temperature(value); }
}
