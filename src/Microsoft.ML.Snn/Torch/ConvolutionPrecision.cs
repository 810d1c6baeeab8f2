using TorchSharp;

namespace Microsoft.ML.Snn.Torch;

/// <summary>What a <see cref="TrainingPrecision"/>, and TF32, mean to torch.</summary>
internal static class ConvolutionPrecision
{
    /// <summary>The type that factors are rounded to beforehand.</summary>
    public static torch.ScalarType ProductType(this TrainingPrecision precision) =>
        precision == TrainingPrecision.BFloat16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32;

    /// <summary>
    /// Lets CUDA devices use TF32, or not, until disposed: then the caller's settings, which are the process's, are back.
    /// </summary>
    public static IDisposable UseTensorFloat32(bool allows) => new TensorFloat32(allows);

    private sealed class TensorFloat32 : IDisposable
    {
        private readonly bool _products = torch.backends.cuda.matmul.allow_tf32;
        private readonly bool _convolutions = torch.backends.cudnn.allow_tf32;

        public TensorFloat32(bool allows) => Set(allows, allows);

        public void Dispose() => Set(_products, _convolutions);

        private static void Set(bool products, bool convolutions)
        {
            torch.backends.cuda.matmul.allow_tf32 = products;
            torch.backends.cudnn.allow_tf32 = convolutions;
        }
    }
}
