using Microsoft.ML.Data;
using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Tests.Training;

public class SampleShapeTests
{
    [Fact]
    public void Three_dimensions_are_a_static_image_and_four_a_spike_train()
    {
        Assert.Equal(new SampleShape(null, 3, 32, 24), Of([3, 32, 24]));
        Assert.Equal(new SampleShape(10, 2, 34, 34), Of([10, 2, 34, 34]));
    }

    [Fact]
    public void A_flat_vector_needs_InputShape()
    {
        Assert.Equal(new SampleShape(null, 2, 3, 4), Of([24], [2, 3, 4]));
        Assert.Contains("InputShape", Assert.Throws<ArgumentOutOfRangeException>(() => Of([24])).Message);
        Assert.Contains("24", Assert.Throws<ArgumentOutOfRangeException>(() => Of([24], [2, 3, 5])).Message);
    }

    [Fact]
    public void An_unknown_size_is_refused_by_the_columns_name()
    {
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => SampleShape.Of(Column(new VectorDataViewType(NumberDataViewType.Single)), null));
        Assert.Contains("'Pixels'", e.Message);
        Assert.Contains("ResizeImages", e.Message);
    }

    [Fact]
    public void Interleaved_colors_are_recognized_unless_the_shape_is_told()
    {
        Assert.Contains("interleavePixelColors", Assert.Throws<ArgumentOutOfRangeException>(() => Of([32, 32, 3])).Message);
        Assert.Equal(new SampleShape(null, 32, 32, 3), Of([32, 32, 3], [32, 32, 3]));
    }

    [Fact]
    public void Time_steps_are_the_samples_own_or_those_asked_for_or_four()
    {
        Assert.Equal(4, Of([3, 8, 8]).ResolveTimeSteps(null));
        Assert.Equal(6, Of([3, 8, 8]).ResolveTimeSteps(6));
        Assert.Equal(5, Of([5, 2, 8, 8]).ResolveTimeSteps(null));
        Assert.Equal(5, Of([5, 2, 8, 8]).ResolveTimeSteps(5));
        Assert.Contains("TimeSteps is 4", Assert.Throws<ArgumentOutOfRangeException>(() => Of([5, 2, 8, 8]).ResolveTimeSteps(4)).Message);
    }

    private static SampleShape Of(int[] dimensions, int[]? inputShape = null) =>
        SampleShape.Of(Column(new VectorDataViewType(NumberDataViewType.Single, dimensions)), inputShape);

    private static DataViewSchema.Column Column(DataViewType type)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Pixels", type);
        return builder.ToSchema()[0];
    }
}
