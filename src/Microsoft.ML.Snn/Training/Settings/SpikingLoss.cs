namespace Microsoft.ML.Snn;

/// <summary>What training minimizes.</summary>
public enum SpikingLoss
{
    /// <summary>Cross-entropy of the output averaged over the time steps (Eq. 11-12 of the paper).</summary>
    MeanCrossEntropy = 0,

    /// <summary>
    /// Cross-entropy of each time step's output, averaged over the steps: the loss of temporal efficient training (TET, Deng et al., ICLR
    /// 2022) without its regularization term.
    /// </summary>
    Temporal = 1,
}
