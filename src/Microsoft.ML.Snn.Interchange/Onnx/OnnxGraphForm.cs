namespace Microsoft.ML.Snn;

/// <summary>What one run of an exported ONNX model computes.</summary>
public enum OnnxGraphForm
{
    /// <summary>
    /// All time steps: features in, class probabilities out, as <see cref="SpikingNetwork.Score(ReadOnlySpan{float}, Span{float})"/> gives
    /// them.
    /// </summary>
    Unrolled = 0,

    /// <summary>
    /// One time step: features and the membrane potentials that the step before has left in, the step's output and membrane potentials out.
    /// For live streams, which have no last step.
    /// </summary>
    Step = 1,
}
