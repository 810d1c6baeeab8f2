namespace Microsoft.ML.Snn;

/// <summary>The shape of the input of an exported ONNX model.</summary>
public enum OnnxInputLayout
{
    /// <summary>
    /// A row of all features, as a vector column of ML.NET: [N, C*H*W], or [N, T*C*H*W] where each step has input of its own.
    /// </summary>
    Vector = 0,

    /// <summary>Maps: [N, C, H, W], or [N, T, C, H, W] where each step has input of its own.</summary>
    Map = 1,
}
