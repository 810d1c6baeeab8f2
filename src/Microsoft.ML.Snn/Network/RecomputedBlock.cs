using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>What <see cref="RecomputedBlock"/> needs beside spikes and parameters.</summary>
internal sealed record RecomputedBlockCall(SpikingBlock Block, int TimeSteps, BackwardRunner Backward);

/// <summary>
/// A block in torch operations that keeps nothing but its input, and computes all else again in the backward pass. Arguments: spikes
/// [T*N, C, H, W], the block's parameters, <see cref="RecomputedBlockCall"/>.
/// </summary>
internal sealed class RecomputedBlock : autograd.SingleTensorFunction<RecomputedBlock>
{
    public override string Name => nameof(RecomputedBlock);

    /// <summary>Spikes [T*N, C, H, W] -> spikes [T*N, C', H', W'], in training.</summary>
    public static Tensor Forward(Tensor spikes, RecomputedBlockCall call)
    {
        // TorchSharp keeps an unused tensor of the output's size for the backward pass: it belongs to this scope and ends with it.
        using DisposeScope scope = NewDisposeScope();
        return apply([spikes, .. call.Block.Parameters, call]).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var call = (RecomputedBlockCall)vars[^1];
        ctx.save_for_backward([(Tensor)vars[0]]);
        ctx.save_data(nameof(RecomputedBlockCall), call);
        using IDisposable mode = no_grad();
        return call.Block.Forward((Tensor)vars[0], call.TimeSteps, Pass.Training);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (RecomputedBlockCall)ctx.get_data(nameof(RecomputedBlockCall));
        using Tensor spikes = ctx.get_saved_variables()[0];
        Tensor[] parameters = [.. call.Block.Parameters];
        using (grad_output)
            return [.. call.Backward.Compute([spikes, .. parameters], () => Gradients(call, spikes, parameters, grad_output)), null!];
    }

    private static Tensor[] Gradients(RecomputedBlockCall call, Tensor spikes, Tensor[] parameters, Tensor outer)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable mode = enable_grad();
        Tensor input = spikes.detach().requires_grad_();
        Tensor output = call.Block.Forward(input, call.TimeSteps, Pass.Recomputation);
        IList<Tensor> gradients = autograd.grad([output], [input, .. parameters], [outer]);
        return [.. gradients.Select(gradient => gradient.MoveToOuterDisposeScope())];
    }
}
