using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>
/// The parameters and running statistics of a network under the names that <see cref="TrainedNetwork"/> documents; owns them.
/// </summary>
internal sealed class NetworkTensors(int seed, Device device, ScalarType dtype, ScalarType? convolutionType = null) : IDisposable
{
    private readonly WeightGenerator _generator = new(seed);
    private readonly List<(string Name, Parameter Value)> _parameters = [];
    private readonly List<(string Name, Tensor Value)> _all = [];

    /// <summary>What convolutions compute in. Default: the parameters' type.</summary>
    public ScalarType ConvolutionType { get; } = convolutionType ?? dtype;

    /// <summary>Sees what each tdBN normalizes; null for nobody.</summary>
    public CurrentMeter? Meter { get; init; }

    /// <summary>Joins the statistics of the ranks that share a batch; null where this one has all of it.</summary>
    public SharedStatistics? Statistics { get; init; }

    /// <summary>Runs the backward functions of what joins them.</summary>
    public BackwardRunner Backward { get; init; } = new();

    /// <summary>What training changes by gradients, from input to output.</summary>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters => _parameters;

    /// <summary>All tensors, from input to output.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> All => _all;

    /// <summary>Adds a weight of shape [out, in, ...], drawn from the seed; in channels-last memory on a CPU.</summary>
    public Parameter AddWeight(string name, params long[] shape)
    {
        long fanIn = shape[1..].Aggregate(1L, (product, size) => product * size);
        using Tensor values = FromArray(_generator.KaimingNormal(shape[0] * fanIn, fanIn), shape);
        return AddParameter(name, device.type == DeviceType.CPU ? TensorMemory.ToChannelsLast(values) : values.alias());
    }

    /// <summary>Adds a parameter of one value a channel, all equal at the start.</summary>
    public Parameter AddParameter(string name, int channels, double value) =>
        AddParameter(name, full(channels, value, dtype: dtype, device: device));

    /// <summary>Adds a tensor of one value a channel that training changes, but not by gradients.</summary>
    public Tensor AddBuffer(string name, int channels, double value)
    {
        Tensor buffer = full(channels, value, dtype: dtype, device: device).DetachFromDisposeScope();
        _all.Add((name, buffer));
        return buffer;
    }

    /// <summary>All tensors as float32 in row-major order.</summary>
    public IReadOnlyDictionary<string, float[]> Export() =>
        _all.ToDictionary(entry => entry.Name, entry => TensorMemory.ToArray(entry.Value));

    /// <summary>Overwrites all tensors. Nothing is changed where one of them does not fit.</summary>
    /// <exception cref="KeyNotFoundException">A tensor of the network is missing.</exception>
    /// <exception cref="ArgumentException">A tensor has another length than the network's.</exception>
    public void Import(IReadOnlyDictionary<string, float[]> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        foreach ((string name, Tensor value) in _all)
        {
            if (!tensors.TryGetValue(name, out float[]? values))
                throw new KeyNotFoundException($"The tensor '{name}' is missing: these are another architecture's tensors, or not all.");
            if (values.Length != value.numel())
            {
                throw new ArgumentException(
                    $"The tensor '{name}' has {values.Length} values where the network has {value.numel()}: it is another architecture's.");
            }
        }
        using IDisposable mode = no_grad();
        foreach ((string name, Tensor value) in _all)
        {
            using Tensor source = FromArray(tensors[name], value.shape);
            value.copy_(source);
        }
    }

    /// <summary>The name of the first tensor that holds NaN or infinity; null where all numbers are finite.</summary>
    public string? FindNonFinite()
    {
        using IDisposable mode = no_grad();
        foreach ((string name, Tensor value) in _all)
        {
            if (!IsFinite(value))
                return name;
        }
        return null;
    }

    public void Dispose()
    {
        foreach ((_, Tensor value) in _all)
            value.Dispose();
    }

    private Parameter AddParameter(string name, Tensor values)
    {
        var parameter = new Parameter(values.DetachFromDisposeScope());
        _parameters.Add((name, parameter));
        _all.Add((name, parameter));
        return parameter;
    }

    private static unsafe bool IsFinite(Tensor value)
    {
        if (value.device_type == DeviceType.CPU && value.dtype == ScalarType.Float32)
        {
            using Tensor ordered = TensorMemory.ChannelsInnermost(value);
            long count = ordered.numel();
            float* first = TensorMemory.Address<float>(ordered);
            for (long start = 0; start < count; start += int.MaxValue)
            {
                var values = new ReadOnlySpan<float>(first + start, (int)Math.Min(count - start, int.MaxValue));
                if (values.ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
                    return false;
            }
            return true;
        }
        using Tensor finite = value.isfinite();
        using Tensor all = finite.all();
        return all.item<bool>();
    }

    private Tensor FromArray(float[] values, long[] shape)
    {
        using Tensor source = TensorMemory.FromArray(values, shape);
        return source.to(dtype, device);
    }
}
