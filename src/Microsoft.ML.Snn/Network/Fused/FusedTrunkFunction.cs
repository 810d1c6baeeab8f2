using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>A <see cref="FusedPass"/> in torch's graph. Arguments: the input, the trunk's parameters, the pass.</summary>
internal sealed class FusedTrunkFunction : autograd.SingleTensorFunction<FusedTrunkFunction>
{
    public override string Name => nameof(FusedTrunkFunction);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var pass = (FusedPass)vars[^1];
        ctx.save_data(nameof(FusedPass), pass);
        return pass.Forward((Tensor)vars[0]);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var pass = (FusedPass)ctx.get_data(nameof(FusedPass));
        using (grad_output)
            return [null!, .. pass.Backward(grad_output), null!];
    }
}
