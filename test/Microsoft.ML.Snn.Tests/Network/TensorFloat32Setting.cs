using Microsoft.ML.Snn.Torch;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network;

/// <summary>The settings are the process's, so nothing that reads them may run beside it.</summary>
[Collection(nameof(LiveTensors))]
public class TensorFloat32Setting
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_follows_the_option_and_the_callers_comes_back(bool allows)
    {
        TorchNatives.EnsureLoaded();
        (bool, bool) before = (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32);
        try
        {
            foreach ((bool products, bool convolutions) in new[] { (false, true), (true, false) })
            {
                backends.cuda.matmul.allow_tf32 = products;
                backends.cudnn.allow_tf32 = convolutions;
                using (ConvolutionPrecision.UseTensorFloat32(allows))
                {
                    Assert.Equal(allows, backends.cuda.matmul.allow_tf32);
                    Assert.Equal(allows, backends.cudnn.allow_tf32);
                }
                Assert.Equal(products, backends.cuda.matmul.allow_tf32);
                Assert.Equal(convolutions, backends.cudnn.allow_tf32);
            }
        }
        finally
        {
            (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = before;
        }
    }
}
