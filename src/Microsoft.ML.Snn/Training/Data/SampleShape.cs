using Microsoft.ML.Data;
using Microsoft.ML.Snn.Components;

namespace Microsoft.ML.Snn.Training.Data;

/// <summary>
/// The shape of one sample: [C, H, W], presented at every time step, or [T, C, H, W] with one slice a step (Slices is then T).
/// </summary>
internal sealed record SampleShape(int? Slices, int Channels, int Height, int Width)
{
    public const string HowToKnowSize = "Give every row the same size: for images, by ResizeImages before ExtractPixels.";

    public int PlaneLength => Height * Width;

    /// <summary>Number of [H, W] planes: (T times) C.</summary>
    public int Planes => (Slices ?? 1) * Channels;

    public int Length => Planes * PlaneLength;

    public override string ToString() =>
        Slices is { } slices ? $"[{slices}, {Channels}, {Height}, {Width}]" : $"[{Channels}, {Height}, {Width}]";

    /// <summary>The shape that a feature column has, or is told to have.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such shape; the message names the column and says what to do.</exception>
    public static SampleShape Of(DataViewSchema.Column column, int[]? inputShape)
    {
        if (column.Type is not VectorDataViewType { ItemType: NumberDataViewType item } type || item.RawType != typeof(float))
            throw ColumnCheck.Unsuitable($"Feature column '{column.Name}' is {column.Type}, but must be a Vector<Single> of known size.");
        if (!type.IsKnownSize)
            throw ColumnCheck.Unsuitable($"Feature column '{column.Name}' is a vector of unknown size. {HowToKnowSize}");
        ReadOnlySpan<int> dimensions = inputShape ?? type.Dimensions.AsSpan();
        if (inputShape is not null)
        {
            long length = inputShape.Aggregate(1L, (product, size) => product * size);
            if (length != type.Size)
            {
                throw ColumnCheck.Unsuitable(
                    $"The option InputShape [{string.Join(", ", inputShape)}] has {length} elements, but feature column '{column.Name}' "
                    + $"has {type.Size}.",
                    "InputShape");
            }
        }
        if (inputShape is null && dimensions is [> 4, > 4, 1 or 3 or 4])
        {
            throw ColumnCheck.Unsuitable(
                $"Feature column '{column.Name}' is {column.Type}, which looks like pixels of interleaved colors, [H, W, C]. Use "
                + "ExtractPixels with interleavePixelColors: false; or, if these really are [C, H, W], say so by the option InputShape.");
        }
        return dimensions switch
        {
            [int channels, int height, int width] => new(null, channels, height, width),
            [int slices, int channels, int height, int width] => new(slices, channels, height, width),
            _ => throw ColumnCheck.Unsuitable(
                $"Feature column '{column.Name}' is {column.Type}: its dimensions are neither [C, H, W] nor [T, C, H, W]. "
                + "Set the option InputShape, or use ExtractPixels with interleavePixelColors: false."),
        };
    }

    /// <summary>The number of time steps of a network for such samples.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Another number than the column's own T was asked for.</exception>
    public int ResolveTimeSteps(int? asked)
    {
        const int Default = 4;
        if (Slices is { } slices && asked is { } other && other != slices)
        {
            throw ColumnCheck.Unsuitable(
                $"The option TimeSteps is {other}, but samples of shape {this} have {slices} time steps of their own. Leave TimeSteps "
                    + "unset.",
                "TimeSteps");
        }
        return Slices ?? asked ?? Default;
    }
}
