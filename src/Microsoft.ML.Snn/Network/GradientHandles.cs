using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn;

/// <summary>
/// Frees the gradients that custom autograd functions hand to torch. TorchSharp leaves their managed handles to the dispose scope of the
/// caller, where all of them would live until the step's end, or to none at all on a device's own thread. Torch has taken its reference
/// to one function's gradients when the next function runs: then they are freed here.
/// </summary>
internal sealed class GradientHandles : IDisposable
{
    private Tensor[] _last = [];

    /// <summary>Frees the handles held so far and holds these instead.</summary>
    public void ReplaceBy(params Tensor[] gradients)
    {
        Dispose();
        foreach (Tensor gradient in gradients)
            gradient.DetachFromDisposeScope();
        _last = gradients;
    }

    public void Dispose()
    {
        foreach (Tensor gradient in _last)
            gradient.Dispose();
        _last = [];
    }
}
