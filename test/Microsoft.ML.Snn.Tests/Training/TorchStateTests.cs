using Microsoft.ML.Snn.Tests.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>What a fit leaves behind in torch; nothing else may run beside it.</summary>
[Collection(nameof(LiveTensors))]
public class TorchStateTests
{
    private readonly MLContext _context = new(seed: 1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_fit_leaves_seed_threads_default_type_and_grad_mode_alone(bool gradients)
    {
        using IDisposable mode = set_grad_enabled(gradients);
        int threads = get_num_threads();
        ScalarType type = get_default_dtype();
        byte[] generator = random.get_rng_state().data<byte>().ToArray();
        TinyImages.Pipeline(_context, TinyImages.Options(epochs: 1)).Fit(TinyImages.View(_context, 4));
        Assert.Equal((gradients, threads, type), (is_grad_enabled(), get_num_threads(), get_default_dtype()));
        Assert.Equal(generator, random.get_rng_state().data<byte>().ToArray());
    }

    /// <summary>An app may have set any of these for its own networks.</summary>
    [Theory]
    [InlineData(false, TrainingMemory.Store, 8)]
    [InlineData(true, TrainingMemory.Recompute, 8)]
    [InlineData(true, TrainingMemory.Store, 5)]   // the modules
    [InlineData(false, TrainingMemory.Store, 32)] // over spikes
    public void Default_type_default_device_and_inference_mode_change_nothing(bool muon, TrainingMemory memory, int width)
    {
        float[] expected = Scores();
        (ScalarType type, Device device) = (get_default_dtype(), get_default_device());
        try
        {
            set_default_dtype(ScalarType.Float64);
            set_default_device(new Device(DeviceType.META));
            using (inference_mode())
            {
                Assert.Equal(expected, Scores());
                Assert.True(is_inference_mode_enabled());
                Assert.False(is_grad_enabled());
            }
            Assert.Equal((ScalarType.Float64, DeviceType.META), (get_default_dtype(), get_default_device().type));
        }
        finally
        {
            set_default_dtype(type);
            set_default_device(device);
        }

        float[] Scores()
        {
            SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 2);
            options.Architecture = new() { Stem = new(width), Stages = [new(1, width), new(1, 2 * width, 2)], HiddenUnits = 6 };
            (options.Optimizer, options.Memory) = (TinyImages.Optimizer(muon), memory);
            (options.WeightAverageDecay, options.ValidationFraction) = (0.9, 0.25);
            var model = TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 8));
            SpikingNetwork network = model.LastTransformer.Model.Network;
            float[] scores = new float[3 * network.ClassCount];
            network.Score([.. TinyImages.Rows(1).SelectMany(row => row.Features)], scores);
            return scores;
        }
    }

    [Fact]
    public void A_fit_leaves_no_tensor_to_its_callers_scope()
    {
        using DisposeScope scope = NewDisposeScope();
        TinyImages.Pipeline(_context, TinyImages.Options(epochs: 1)).Fit(TinyImages.View(_context, 4));
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Fits_that_fail_or_are_canceled_leave_no_tensor_either()
    {
        using DisposeScope scope = NewDisposeScope();
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 2);
        options.MetricsCallback = _ => throw new OperationCanceledException();
        Assert.Throws<OperationCanceledException>(() => TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 4)));
        Assert.Equal(0, scope.DisposablesCount);
    }
}
