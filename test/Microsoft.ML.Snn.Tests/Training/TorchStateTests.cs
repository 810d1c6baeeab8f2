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

    [Fact]
    public void A_fit_leaves_no_tensor_to_its_callers_scope()
    {
        using DisposeScope scope = NewDisposeScope();
        TinyImages.Pipeline(_context, TinyImages.Options(epochs: 1)).Fit(TinyImages.View(_context, 4));
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Fits_that_fail_or_are_cancelled_leave_no_tensor_either()
    {
        using DisposeScope scope = NewDisposeScope();
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 2);
        options.MetricsCallback = _ => throw new OperationCanceledException();
        Assert.Throws<OperationCanceledException>(() => TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 4)));
        Assert.Equal(0, scope.DisposablesCount);
    }
}
