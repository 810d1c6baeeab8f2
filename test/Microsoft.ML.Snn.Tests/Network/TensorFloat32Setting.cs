using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network;

/// <summary>The settings are the process's, so nothing that reads them may run beside it.</summary>
[Collection(nameof(LiveTensors))]
public class TensorFloat32Setting
{
    [Theory]
    [InlineData(TrainingPrecision.Float32, true)]
    [InlineData(TrainingPrecision.BFloat16, true)]
    [InlineData(TrainingPrecision.Float32Exact, false)]
    public void It_follows_the_precision_and_the_callers_comes_back(TrainingPrecision precision, bool expected)
    {
        TorchNatives.EnsureLoaded();
        (bool, bool) before = (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32);
        try
        {
            foreach ((bool products, bool convolutions) in new[] { (false, true), (true, false) })
            {
                backends.cuda.matmul.allow_tf32 = products;
                backends.cudnn.allow_tf32 = convolutions;
                using (precision.UseTensorFloat32())
                {
                    Assert.Equal(expected, backends.cuda.matmul.allow_tf32);
                    Assert.Equal(expected, backends.cudnn.allow_tf32);
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
