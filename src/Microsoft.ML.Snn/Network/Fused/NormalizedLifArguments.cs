namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// What <see cref="NormalizedLifKernel"/> reads in both directions. Memory order is [T, rows, C] ([rows, C] where static), C a multiple of
/// 8; the current is x = Scale * Current + ShortcutScale * Shortcut + Shift.
/// </summary>
internal unsafe struct NormalizedLifArguments(LifNeuronOptions neuron)
{
    public readonly float Decay = (float)neuron.Decay;
    public readonly float Threshold = (float)neuron.Threshold;
    public readonly float SurrogateWidth = (float)neuron.SurrogateWidth;
    public readonly bool DetachReset = neuron.DetachReset;
    public readonly int MaxSpikes = neuron.MaxSpikes;

    /// <summary>Decays of neurons that learn, [C]; null for <see cref="Decay"/>.</summary>
    public float* Decays;

    /// <summary>Thresholds of neurons that learn, [C]; null where <see cref="Decays"/> are.</summary>
    public float* Thresholds;

    /// <summary>Of one time step: N*H*W.</summary>
    public long Rows;

    public int Channels;

    public int TimeSteps;

    /// <summary>Whether all steps have the same current; such a layer has no shortcut.</summary>
    public bool IsStatic;

    /// <summary>Added to the gradient by each spike.</summary>
    public float PenaltyGradient;

    public byte* Current;

    public byte* Shortcut;

    /// <summary>Bytes from one row of the shortcut to the next.</summary>
    public int ShortcutStride;

    /// <summary>[C].</summary>
    public float* Scale;

    /// <summary>[C].</summary>
    public float* ShortcutScale;

    /// <summary>[C], of both parts.</summary>
    public float* Shift;
}
