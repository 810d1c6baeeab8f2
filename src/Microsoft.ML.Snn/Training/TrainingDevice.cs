using Microsoft.ML.Runtime;
using TorchSharp;

namespace Microsoft.ML.Snn.Training;

/// <summary>Chooses where to train.</summary>
internal static class TrainingDevice
{
    private const string Option = nameof(SpikingResNetTrainer.Options.Device);

    /// <param name="asked">The trainer's option; null to follow the <see cref="MLContext"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such device, and the context does not allow the CPU instead.</exception>
    public static torch.Device Choose(string? asked, IHost host, IChannel channel)
    {
        var environment = host as IHostEnvironmentInternal;
        (DeviceType type, int index) = asked is not null ? Parse(asked)
            : environment?.GpuDeviceId is { } gpu ? (DeviceType.CUDA, gpu)
            : (DeviceType.CPU, -1);
        var device = new torch.Device(type, index);
        if (device.type == DeviceType.CUDA)
        {
            int count = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
            if (Math.Max(device.index, 0) >= count)
            {
                string problem = count == 0
                    ? "no CUDA GPU can be used: either there is none, or the app references a libtorch-cpu package instead of "
                        + "TorchSharp-cuda-linux or TorchSharp-cuda-windows"
                    : $"there are only {count} CUDA GPUs";
                if (environment?.FallbackToCpu != true)
                {
                    throw new ArgumentOutOfRangeException(
                        asked is null ? nameof(MLContext.GpuDeviceId) : Option, asked ?? (object)index,
                        $"Cannot train on {device}: {problem}. Set MLContext.FallbackToCpu to train on the CPU instead.");
                }
                channel.Warning($"Cannot train on {device}: {problem}. Training on the CPU.");
                device = torch.CPU;
            }
        }
        channel.Info($"Training on {device}.");
        return device;
    }

    /// <exception cref="ArgumentOutOfRangeException">The text names no device.</exception>
    public static (DeviceType Type, int Index) Parse(string text)
    {
        if (text == "cpu")
            return (DeviceType.CPU, -1);
        if (text == "cuda")
            return (DeviceType.CUDA, 0);
        if (text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(5), out int index) && index >= 0)
            return (DeviceType.CUDA, index);
        throw new ArgumentOutOfRangeException(
            Option, text, $"'{text}' is not a device: the option {Option} must be cpu, cuda, or cuda: and a number.");
    }
}
