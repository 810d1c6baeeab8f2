using System.Runtime.ExceptionServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn;

/// <summary>Runs the backward functions that torch calls, keeps what must outlive them, and brings their exceptions to the caller.</summary>
/// <remarks>
/// TorchSharp leaves the managed handles of gradients to the dispose scope of the caller, where all of them would live until the step's
/// end, or to none at all on a device's own thread. Torch has taken its reference to one function's gradients when the next function runs:
/// then they are freed here. An exception may not cross torch's native frames: that would end the process, or leave it waiting for ever.
/// </remarks>
internal sealed class BackwardRunner : IDisposable
{
    private Tensor[] _last = [];
    private ExceptionDispatchInfo? _failure;

    /// <summary>
    /// Frees the gradients of the last function, runs this one, and holds what it gives. Gives nulls, which torch takes for no gradients,
    /// where it fails.
    /// </summary>
    /// <param name="inputs">Number of gradients.</param>
    /// <param name="function">Gives them.</param>
    public Tensor[] Compute(int inputs, Func<Tensor[]> function)
    {
        Free();
        if (_failure is not null)
            return new Tensor[inputs];
        try
        {
            Tensor[] gradients = function();
            foreach (Tensor gradient in gradients)
                gradient.DetachFromDisposeScope();
            return _last = gradients;
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            return new Tensor[inputs];
        }
    }

    /// <summary>Runs torch's backward pass.</summary>
    /// <exception cref="Exception">What the first of our functions that failed has thrown, or torch itself.</exception>
    public void Backward(Tensor loss)
    {
        _failure = null;
        try
        {
            loss.backward();
        }
        catch (Exception) when (_failure is not null)
        {
            // A function of torch's own that was given no gradient: the first failure tells more.
        }
        _failure?.Throw();
    }

    public void Dispose()
    {
        Free();
        _failure = null;
    }

    private void Free()
    {
        foreach (Tensor gradient in _last)
            gradient.Dispose();
        _last = [];
    }
}
