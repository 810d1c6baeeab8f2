namespace Microsoft.ML.Snn.Tests.Network;

/// <summary>Eq. 1-3 and their surrogate gradient for one neuron, in float64, step by step.</summary>
internal static class LifReference
{
    public static (double[] Spikes, double[] Gradient) Run(double[] current, double[] spikeGradient, LifNeuronOptions neuron)
    {
        int steps = current.Length;
        double[] u = new double[steps], o = new double[steps], k = new double[steps], du = new double[steps];
        for (int t = 0; t < steps; t++)
        {
            u[t] = (t == 0 ? 0 : neuron.Decay * u[t - 1] * (1 - o[t - 1])) + current[t];
            k[t] = Enumerable.Range(1, neuron.MaxSpikes).Count(spike => u[t] > neuron.Threshold * (2 * spike - 1));
            o[t] = k[t] > 0 ? 1 : 0;
        }
        for (int t = steps - 1; t >= 0; t--)
        {
            double surrogate = Surrogate(u[t], 1);
            double all = Enumerable.Range(1, neuron.MaxSpikes).Sum(spike => Surrogate(u[t], spike));
            double later = t == steps - 1 ? 0 : du[t + 1];
            double reset = neuron.DetachReset ? 0 : neuron.Decay * u[t] * surrogate;
            du[t] = spikeGradient[t] * all + later * (neuron.Decay * (1 - o[t]) - reset);
        }
        return (k, du);

        double Surrogate(double potential, int spike)
        {
            double distance = Math.Abs(potential - neuron.Threshold * (2 * spike - 1)), gamma = neuron.SurrogateWidth, alpha = 2 / gamma;
            return neuron.Surrogate switch
            {
                SurrogateShape.Rectangle => distance < neuron.SurrogateWidth / 2 ? 1 / neuron.SurrogateWidth : 0,
                SurrogateShape.Triangle => Math.Max(0, gamma - distance) / (gamma * gamma),
                _ => alpha / 2 / (1 + Math.Pow(Math.PI / 2 * alpha * distance, 2)),
            };
        }
    }

    /// <summary>All neurons of a current [T, S], or of [S] repeated over T steps.</summary>
    public static (double[] Spikes, double[] Gradient) RunAll(
        double[] current, double[] spikeGradient, int timeSteps, bool isStatic, LifNeuronOptions neuron)
    {
        int size = spikeGradient.Length / timeSteps;
        var spikes = new double[spikeGradient.Length];
        var gradient = new double[current.Length];
        for (int s = 0; s < size; s++)
        {
            double[] x = [.. Enumerable.Range(0, timeSteps).Select(t => current[isStatic ? s : t * size + s])];
            double[] g = [.. Enumerable.Range(0, timeSteps).Select(t => spikeGradient[t * size + s])];
            (double[] o, double[] dx) = Run(x, g, neuron);
            for (int t = 0; t < timeSteps; t++)
            {
                spikes[t * size + s] = o[t];
                gradient[isStatic ? s : t * size + s] += dx[t];
            }
        }
        return (spikes, gradient);
    }
}
