using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Torch;

/// <summary>What torch has to be like for a training on this thread, until disposed; then it is as the caller had it.</summary>
internal sealed class TorchTrainingMode : IDisposable
{
    private readonly List<IDisposable> _modes = [];

    /// <param name="device">Where to compute.</param>
    /// <param name="allowTensorFloat32">Whether CUDA devices may use TF32.</param>
    public TorchTrainingMode(Device device, bool allowTensorFloat32)
    {
        _modes.Add(NewDisposeScope());
        // The caller may have turned gradients off for this thread, in either of torch's ways.
        _modes.Add(inference_mode(false));
        _modes.Add(enable_grad());
        if (device.type == DeviceType.CUDA)
            _modes.Add(ConvolutionPrecision.UseTensorFloat32(allowTensorFloat32));
    }

    public void Dispose()
    {
        for (int i = _modes.Count - 1; i >= 0; i--)
            _modes[i].Dispose();
    }
}
