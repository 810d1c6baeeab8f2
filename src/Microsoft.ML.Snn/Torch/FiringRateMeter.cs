using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Torch;

/// <summary>The firing rate of one layer in the last forward pass; a rate on a device is fetched only when it is read.</summary>
internal sealed class FiringRateMeter : IDisposable
{
    private double _rate;
    private Tensor? _pending;

    /// <summary>Mean over (T, N, C, H, W): 0 to 1; 0 before the first forward pass.</summary>
    public double Rate
    {
        get
        {
            if (_pending is not null)
                Set(_pending.ToDouble());
            return _rate;
        }
    }

    public void Set(double rate)
    {
        Dispose();
        _rate = rate;
    }

    /// <summary>Takes over the scalar <paramref name="rate"/>.</summary>
    public void Set(Tensor rate)
    {
        Dispose();
        _pending = rate.DetachFromDisposeScope();
    }

    public void Dispose()
    {
        _pending?.Dispose();
        _pending = null;
    }
}
