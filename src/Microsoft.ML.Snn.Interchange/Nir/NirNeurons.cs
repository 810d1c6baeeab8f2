using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>
/// Neurons of a NIR node as the engine's: <c>u[t] = decay * u[t-1] + x[t]</c>, which is v less its resting potential and divided by what a
/// unit of input adds to it in a step.
/// </summary>
internal sealed record NirNeurons(float[] Decay, float[] Threshold, ResetKind Reset)
{
    // Of exact values in the metadata and those that float32 has made of them: three roundings.
    private const double Rounding = 1e-6;

    /// <returns>Null where the node has no neurons.</returns>
    /// <exception cref="InvalidDataException">The node is damaged.</exception>
    /// <exception cref="NotSupportedException">It has neurons that the engine does not.</exception>
    public static NirNeurons? Read(NirNode node, MapSize map, double timeStep, NirImportOptions options)
    {
        NirDiscretization discretization = options.Discretization;
        // Neurons that keep nothing have nothing to lose.
        ResetKind kind = options.Reset == NirReset.SubtractThreshold && node.Type != "Threshold" ? ResetKind.Soft : ResetKind.Hard;
        if (node.Type is not ("LIF" or "IF" or "CubaLIF" or "Threshold"))
            return null;
        double[] decay = new double[map.Channels], threshold = new double[map.Channels];
        if (node.Type == "Threshold")
            threshold = Values("threshold");
        else
        {
            double[] reset = Values("v_reset", 0), gain = Values("r");
            if (node.Type == "IF")
            {
                Array.Fill(decay, 1);
                gain = Array.ConvertAll(gain, r => r * timeStep);
            }
            else
                Leak(reset, gain);
            if (kind == ResetKind.Soft && Array.FindIndex(reset, value => value != 0) is >= 0 and int other)
            {
                throw node.Refuse(
                    $"channel {other} has the reset potential {reset[other]}: only neurons that rest at 0 can subtract their threshold as "
                    + $"a reset ({nameof(NirImportOptions)}.{nameof(NirImportOptions.Reset)}).");
            }
            double[] fires = Values("v_threshold");
            for (int c = 0; c < map.Channels; c++)
            {
                if (!(gain[c] > 0))
                    throw node.Refuse($"an input of 1 adds {gain[c]} to its membrane potential in a step, not more than 0.");
                threshold[c] = (fires[c] - reset[c]) / gain[c];
            }
        }
        int bad = Array.FindIndex(threshold, value => !((float)value > 0 && float.IsFinite((float)value)));
        if (bad >= 0)
            throw node.Refuse($"its neurons of channel {bad} fire without an input: their threshold is not above their reset potential.");
        return Exact(node, decay, threshold) with { Reset = kind };

        double[] Values(string name, double? absent = null) => NirParameters.PerChannel(node, name, map, absent);

        void Leak(double[] reset, double[] gain)
        {
            double[] tau = Values(node.Type == "LIF" ? "tau" : "tau_mem"), leak = Values("v_leak", 0);
            if (node.Type == "CubaLIF")
            {
                CheckSynapses(node, Values("tau_syn"), timeStep, discretization);
                double[] weights = Values("w_in", 1);
                for (int c = 0; c < map.Channels; c++)
                    gain[c] *= weights[c];
            }
            for (int c = 0; c < map.Channels; c++)
            {
                if (leak[c] != reset[c])
                {
                    throw node.Refuse(
                        $"a spike resets channel {c} to {reset[c]}, but it leaks to {leak[c]}; the engine's neurons have one of both.");
                }
                // Tools write float32: tau may be below dt by its rounding.
                double steps = timeStep / tau[c];
                if (!(tau[c] > 0) || discretization == NirDiscretization.ForwardEuler && steps > 1 + Rounding)
                    throw node.Refuse($"its time constant {tau[c]} is less than a time step of {timeStep}: give another TimeStep.");
                decay[c] = discretization == NirDiscretization.ForwardEuler ? Math.Max(0, 1 - steps) : Math.Exp(-steps);
                gain[c] *= discretization == NirDiscretization.ForwardEuler ? Math.Min(1, steps) : OneLessExp(-steps);
            }
        }
    }

    /// <summary>1 - exp(x), also where exp(x) is next to 1.</summary>
    private static double OneLessExp(double x) => x > -1e-5 ? -x - x * x / 2 : 1 - Math.Exp(x);

    /// <summary>A synapse that keeps nothing for the next step hands its input on as it is.</summary>
    private static void CheckSynapses(NirNode node, double[] tau, double timeStep, NirDiscretization discretization)
    {
        foreach (double synapse in tau)
        {
            bool keepsNothing = discretization == NirDiscretization.ForwardEuler
                ? Math.Abs(timeStep / synapse - 1) <= Rounding : synapse > 0 && Math.Exp(-timeStep / synapse) < Rounding;
            if (!keepsNothing)
            {
                throw node.Refuse(
                    $"its synapses have a time constant of {synapse}, and keep some of their current for the next step of {timeStep}.");
            }
        }
    }

    /// <summary>What the metadata say exactly, where that is what the node says within its rounding.</summary>
    private static NirNeurons Exact(NirNode node, double[] decay, double[] threshold)
    {
        var rounded = new NirNeurons(
            Array.ConvertAll(decay, value => (float)value), Array.ConvertAll(threshold, value => (float)value), ResetKind.Hard);
        if (node.Metadata is not { } metadata || !metadata.Has(NirNames.Decay) || !metadata.Has(NirNames.Threshold))
            return rounded;
        float[] decays = metadata.Floats(NirNames.Decay), thresholds = metadata.Floats(NirNames.Threshold);
        bool agree = (decays.Length == 1 || decays.Length == decay.Length) && (thresholds.Length == 1 || thresholds.Length == decay.Length);
        for (int c = 0; agree && c < decay.Length; c++)
        {
            float d = decays[decays.Length == 1 ? 0 : c], t = thresholds[thresholds.Length == 1 ? 0 : c];
            agree = d is >= 0 and <= 1 && t > 0 && Math.Abs(d - decay[c]) <= Rounding && Math.Abs(t / threshold[c] - 1) <= Rounding;
        }
        return agree ? rounded with { Decay = decays, Threshold = thresholds } : rounded;
    }
}
