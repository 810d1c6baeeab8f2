namespace Microsoft.ML.Snn;

/// <summary>What a file of weights does not tell of a spiking ResNet that was trained in PyTorch.</summary>
/// <remarks>
/// The neuron is SpikingJelly's or BrainCog's LIF node. The engine's fires above its threshold: where the node fires at it
/// (<see cref="FiresAtThreshold"/>), the engine gets the largest float32 number below the threshold, which is the same. That number is also
/// what a soft reset subtracts.
/// </remarks>
public sealed record PyTorchNetworkOptions
{
    private const int MostTimeSteps = 65536;

    /// <summary>Shape of a sample: [C, H, W], presented at every step, or [T, C, H, W], with T up to 65536.</summary>
    /// <exception cref="ArgumentException">
    /// It has other dimensions, one below 1 or too large, or more values than an array can hold.
    /// </exception>
    public required IReadOnlyList<int> InputShape
    {
        get;
        init => field = value is { Count: 3 or 4 } && value.All(size => size > 0) && (value.Count == 3 || value[0] <= MostTimeSteps)
            && value.Aggregate((Int128)1, (product, size) => product * size) <= Array.MaxLength
            ? value
            : throw new ArgumentException(
                $"The shape of a sample is [C, H, W] or [T, C, H, W], each at least 1, T at most {MostTimeSteps}, and all values together "
                + "no more than an array can hold.", nameof(InputShape));
    }

    /// <summary>Number of time steps T for samples [C, H, W], 1 to 65536. Default 4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int TimeSteps
    {
        get;
        init => field = value is >= 1 and <= MostTimeSteps
            ? value : throw new ArgumentOutOfRangeException(nameof(TimeSteps), value, $"T is from 1 to {MostTimeSteps}.");
    } = 4;

    /// <summary>Time constant of the membrane potential in steps, at least 1; SpikingJelly's <c>tau</c>. Default 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1 or not finite.</exception>
    public double Tau
    {
        get;
        init => field = value >= 1 && double.IsFinite(value)
            ? value : throw new ArgumentOutOfRangeException(nameof(Tau), value, "tau is a finite number of at least 1.");
    } = 2;

    /// <summary>Whether the input is divided by <see cref="Tau"/> too; SpikingJelly's <c>decay_input</c>. Default true.</summary>
    public bool DecayInput { get; init; } = true;

    /// <summary>
    /// Firing threshold, above <see cref="Reset"/>; SpikingJelly's <c>v_threshold</c>. Where the file has thresholds of its own, as
    /// BrainCog's have, those count. Default 1.
    /// </summary>
    public double Threshold { get; init; } = 1;

    /// <summary>
    /// Whether a neuron fires where its membrane potential is just at the threshold, as SpikingJelly's do; otherwise only above it, as
    /// BrainCog's do with most of its surrogate gradients (<c>QGateGrad</c>, which is LIFNode's default, <c>GateGrad</c>,
    /// <c>AtanGrad</c>; not <c>SigmoidGrad</c>). Default true.
    /// </summary>
    public bool FiresAtThreshold { get; init; } = true;

    /// <summary>
    /// What a spike sets the membrane potential to, which is also what it begins at; SpikingJelly's <c>v_reset</c>. Null is its soft
    /// reset: the potential begins at 0, and a spike subtracts the threshold. Default 0.
    /// </summary>
    public double? Reset { get; init; } = 0;

    /// <summary>Stride of the first convolution, at least 1. Default 1. (A pooling behind it is not supported.)</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int StemStride
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(StemStride), value, "A stride is at least 1.");
    } = 1;

    /// <summary>
    /// Strides of the stages, one for each stage of the file and each at least 1. Null (default): 1 for the first, 2 for those behind it.
    /// </summary>
    /// <exception cref="ArgumentException">A stride is less than 1.</exception>
    public IReadOnlyList<int>? StageStrides
    {
        get;
        init => field = value?.All(stride => stride >= 1) != false
            ? value : throw new ArgumentException("A stride is at least 1.", nameof(StageStrides));
    }

    /// <summary>
    /// Side k of the windows, in pixels, over which the last feature map [C, H, W] is averaged before the linear layers, side by side:
    /// <c>AvgPool2d(k)</c> and <c>Flatten</c>. H and W must be multiples of k. 0 (default) averages over the whole map, as
    /// <c>AdaptiveAvgPool2d(1)</c> does.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int HeadPooling
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(
            nameof(HeadPooling), value, "The side of the head's windows is 0, for the whole map, or more.");
    }

    /// <summary>Added to the variance in batch normalization, above 0. Default 1e-5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a finite number above 0.</exception>
    public double BatchNormEpsilon
    {
        get;
        init => field = value > 0 && double.IsFinite(value)
            ? value : throw new ArgumentOutOfRangeException(nameof(BatchNormEpsilon), value, "eps is a finite number above 0.");
    } = 1e-5;

    /// <summary>
    /// Only tensors whose names begin so are read, by the rest of their names: <c>module.</c>, say, or <c>net.</c> for the entry of a
    /// dictionary. Default: all.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public string Prefix
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Prefix));
    } = "";

    /// <summary>
    /// Mean of each channel that the network takes out of its input, in units of the features: of pixels from 0 to 255, 255 times
    /// torchvision's. It goes with <see cref="InputDeviation"/>. Null (default): the input as it is.
    /// </summary>
    public IReadOnlyList<double>? InputMean { get; init; }

    /// <summary>Deviation of each channel that the network's input is then divided by. Null (default): the input as it is.</summary>
    public IReadOnlyList<double>? InputDeviation { get; init; }

    /// <summary>The classes' names in the order of the outputs, one for each. Null (default): unknown.</summary>
    /// <exception cref="ArgumentException">A name is null.</exception>
    public IReadOnlyList<string>? ClassLabels
    {
        get;
        init => field = value?.Contains(null!) != true ? value : throw new ArgumentException("A class has a name.", nameof(ClassLabels));
    }

    /// <summary>v[t] = (1 - 1/tau) v[t-1] + ...</summary>
    internal double Decay => 1 - 1 / Tau;

    /// <summary>
    /// Of u = tau (v - v_reset) where the input is divided, of u = v - v_reset otherwise: both give u[t] = (1 - 1/tau) u[t-1] + x[t].
    /// </summary>
    /// <param name="threshold">Firing threshold of a layer.</param>
    internal float EngineThreshold(double threshold)
    {
        float scaled = (float)((threshold - (Reset ?? 0)) * (DecayInput ? Tau : 1));
        return FiresAtThreshold ? MathF.BitDecrement(scaled) : scaled;
    }

    /// <summary>Whether a neuron can have it.</summary>
    internal bool IsThreshold(double threshold) => EngineThreshold(threshold) is > 0 and < float.PositiveInfinity;

    internal int StrideOf(int stage) => StageStrides is null
        ? stage == 0 ? 1 : 2
        : stage < StageStrides.Count
            ? StageStrides[stage]
            : throw new ArgumentException($"The network has more than {StageStrides.Count} stages.", nameof(StageStrides));

    /// <exception cref="ArgumentException">Two of the options do not go together.</exception>
    internal void Validate()
    {
        if (!IsThreshold(Threshold))
            throw new ArgumentException("The threshold must be finite and above the reset value.", nameof(Threshold));
        int channels = InputShape[^3];
        if ((InputMean is null) != (InputDeviation is null)
            || InputMean is { } mean && (mean.Count != channels || InputDeviation!.Count != channels
                || !mean.Zip(InputDeviation).All(pair => CanNormalize(pair.First, pair.Second))))
        {
            throw new ArgumentException(
                $"InputMean and InputDeviation go together, with {channels} finite values, deviations above 0.", nameof(InputMean));
        }

        static bool CanNormalize(double mean, double deviation) =>
            deviation > 0 && float.IsFinite((float)(1 / deviation)) && float.IsFinite((float)(mean / deviation));
    }

    /// <summary>Whether the options fit to the network in the file.</summary>
    /// <param name="stages">Its number of stages.</param>
    /// <param name="classes">Its number of classes.</param>
    /// <exception cref="ArgumentException">They do not.</exception>
    internal void Check(int stages, int classes)
    {
        if (StageStrides is { } strides && strides.Count != stages)
        {
            throw new ArgumentException(
                $"The network has {stages} stages, the options {strides.Count} StageStrides.", nameof(StageStrides));
        }
        if (ClassLabels is { } labels && labels.Count != classes)
        {
            throw new ArgumentException(
                $"The network has {classes} outputs, the options {labels.Count} ClassLabels.", nameof(ClassLabels));
        }
    }
}
