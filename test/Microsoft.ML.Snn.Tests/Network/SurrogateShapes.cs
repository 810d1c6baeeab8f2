using Microsoft.ML.Snn.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network;

public class SurrogateShapes
{
    [Theory]
    [InlineData(SurrogateShape.Rectangle, 0.6, 1.0)]
    [InlineData(SurrogateShape.Triangle, 0.6, 1.0)]
    [InlineData(SurrogateShape.ArcTangent, 0.6, 0.9998986)] // 2 / pi arctan(1000 pi 2), up to 2000 widths away
    [InlineData(SurrogateShape.ArcTangent, 3.0, 0.9998986)]
    public void Each_has_the_same_height_and_area(SurrogateShape shape, double width, double area)
    {
        using DisposeScope scope = NewDisposeScope();
        LifNeuronOptions neuron = new() { Surrogate = shape, SurrogateWidth = width };
        Assert.Equal(1 / width, At(0), 1e-12);
        // Midpoints of 100 intervals a width, one of whose borders is the rectangle's.
        Tensor distance = (arange(-200_000, 200_000, ScalarType.Float64) + 0.5) / 100 * width;
        Tensor slope = Surrogate.Apply(ones_like(distance), distance, neuron);
        Assert.Equal(area, slope.sum().ToDouble() * width / 100, 1e-6);
        Assert.True(slope.equal(slope.flip(0)).all().item<bool>());

        double At(double value) =>
            Surrogate.Apply(ones(1, ScalarType.Float64), full(1, value, dtype: ScalarType.Float64), neuron).item<double>();
    }
}
