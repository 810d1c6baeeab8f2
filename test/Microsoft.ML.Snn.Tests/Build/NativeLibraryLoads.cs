using TorchSharp;

namespace Microsoft.ML.Snn.Tests.Build;

public class NativeLibraryLoads
{
    [Fact]
    public void A_convolution_runs_on_this_system()
    {
        using torch.Tensor x = torch.ones(1, 1, 3, 3), w = torch.ones(1, 1, 3, 3);
        using torch.Tensor y = torch.nn.functional.conv2d(x, w);
        Assert.Equal(9f, y.item<float>());
    }
}
