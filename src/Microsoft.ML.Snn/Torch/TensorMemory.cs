using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Torch;

/// <summary>The memory behind CPU tensors and its order.</summary>
internal static class TensorMemory
{
    /// <summary>Address of the first element of a contiguous CPU tensor; valid while the tensor lives.</summary>
    public static unsafe T* Address<T>(Tensor tensor) where T : unmanaged
    {
        // The whole tensor's bytes would not fit a span of more than 2 GiB.
        using Tensor flat = tensor.view(-1);
        using Tensor first = flat.narrow(0, 0, 1);
        fixed (byte* address = first.bytes)
            return (T*)address;
    }

    /// <summary>
    /// Memory for our kernels: of this type and on the CPU, whatever torch's default type and device are in the app. Not initialized.
    /// </summary>
    public static Tensor Allocate(ScalarType dtype, params ReadOnlySpan<long> shape) => empty(shape, dtype: dtype, device: CPU);

    /// <summary>Numbers in a tensor on the CPU, likewise.</summary>
    public static Tensor FromArray(float[] values, params ReadOnlySpan<long> shape) =>
        tensor(values, shape, dtype: ScalarType.Float32, device: CPU);

    /// <summary>A copy of a tensor's values in row-major order, as float32.</summary>
    public static unsafe float[] ToArray(Tensor tensor)
    {
        using Tensor detached = tensor.detach();
        using Tensor values = detached.to(ScalarType.Float32, CPU);
        using Tensor ordered = values.contiguous();
        return new ReadOnlySpan<float>(Address<float>(ordered), checked((int)ordered.numel())).ToArray();
    }

    /// <summary>
    /// The same values with the channels of each pixel side by side in memory, the order that oneDNN's fast convolutions and our kernels
    /// want: [N, C, H, W] as a contiguous [N, H, W, C]; a tensor of other rank as a contiguous one. Copies only where the order differs.
    /// </summary>
    public static Tensor ChannelsInnermost(Tensor tensor)
    {
        if (tensor.dim() != 4)
            return tensor.contiguous();
        using Tensor permuted = tensor.permute(0, 2, 3, 1);
        return permuted.contiguous();
    }

    /// <summary>[N, H, W, C] seen as [N, C, H, W]; a tensor of other rank as it is.</summary>
    public static Tensor ChannelsSecond(Tensor tensor) => tensor.dim() == 4 ? tensor.permute(0, 3, 1, 2) : tensor.alias();

    /// <summary>Every <paramref name="step"/>-th pixel of each row and column of [N, H, W, C], from the first on: a view.</summary>
    public static Tensor PickPixels(Tensor innermost, int step)
    {
        using Tensor rows = innermost.slice(1, 0, innermost.shape[1], step);
        return rows.slice(2, 0, innermost.shape[2], step);
    }

    /// <summary>[N, C, H, W] in channels-last memory format.</summary>
    public static Tensor ToChannelsLast(Tensor tensor)
    {
        using Tensor innermost = ChannelsInnermost(tensor);
        return ChannelsSecond(innermost);
    }
}
