namespace Microsoft.ML.Snn.Network;

/// <summary>What a forward pass is for; it decides by which statistics tdBN normalizes.</summary>
internal enum Pass
{
    /// <summary>Scoring: by the running statistics, which stay.</summary>
    Scoring,

    /// <summary>Training: by the batch's, which go into the running ones.</summary>
    Training,

    /// <summary>Training, a second time with the same input: by the batch's, which the running ones have already.</summary>
    Recomputation,
}
