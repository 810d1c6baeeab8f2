using System.Runtime.ExceptionServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Torch;

/// <summary>
/// Runs the backward functions that torch calls, keeps what must outlive them, and brings their exceptions to the caller.
/// </summary>
/// <remarks>
/// TorchSharp leaves the managed handles of gradients to the dispose scope of the caller, where all of them would live until the step's
/// end, or to none at all on a device's own thread. Torch has taken its reference to one function's gradients when the next function runs:
/// then they are freed here. An exception may not cross torch's native frames: that would end the process, or leave it waiting forever.
/// </remarks>
internal sealed class BackwardRunner : IDisposable
{
    private Tensor[] _last = [];
    private ExceptionDispatchInfo? _failure;

    /// <summary>
    /// Told of a parameter's gradient as soon as it is final, by functions that know before they end; null for nobody. The gradient's
    /// handle lives no longer than the call.
    /// </summary>
    public Action<Tensor, Tensor>? GradientReady { get; set; }

    /// <summary>Frees the gradients of the last function, runs this one, and holds what it gives. Gives zeros where it fails.</summary>
    /// <param name="inputs">By which the gradients are.</param>
    /// <param name="function">Gives the gradients.</param>
    public Tensor[] Compute(IReadOnlyList<Tensor> inputs, Func<Tensor[]> function)
    {
        Free();
        Tensor[]? gradients = _failure is null ? Try(function) : null;
        // What functions inside this one have left: torch has taken its reference to that too.
        Free();
        // No gradient at all would upset the functions of ours that torch calls next. All of these zeros share one scalar.
        gradients ??= [.. inputs.Select(input => zeros([], input.dtype, input.device).expand(input.shape))];
        foreach (Tensor gradient in gradients)
            gradient.DetachFromDisposeScope();
        return _last = gradients;
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
            // Whatever followed from it: the first failure tells more.
        }
        _failure?.Throw();
    }

    public void Dispose()
    {
        Free();
        _failure = null;
    }

    private Tensor[]? Try(Func<Tensor[]> function)
    {
        try
        {
            Tensor[] gradients = function();
            // A function inside this one may have failed, of which torch knows nothing.
            return _failure is null ? gradients : null;
        }
        catch (Exception e)
        {
            _failure ??= ExceptionDispatchInfo.Capture(e);
            return null;
        }
    }

    private void Free()
    {
        foreach (Tensor gradient in _last)
            gradient.Dispose();
        _last = [];
    }
}
