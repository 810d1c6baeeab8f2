using Microsoft.ML.Data;
using Microsoft.ML.Snn.Components;

namespace Microsoft.ML.Snn.Scoring;

/// <summary>Reads the features of rows for a network; one for each getter, since it keeps a buffer.</summary>
internal sealed class FeatureRow(SpikingNetwork network)
{
    private float[]? _dense;

    /// <exception cref="ArgumentOutOfRangeException">The column does not suit the network.</exception>
    public static void Check(DataViewSchema.Column column, SpikingNetwork network)
    {
        DataViewType type = column.Type;
        string shape = $"[{string.Join(", ", network.InputShape)}]";
        if (type is not VectorDataViewType { ItemType: NumberDataViewType item } vector || item.RawType != typeof(float))
        {
            throw ColumnCheck.Unsuitable(
                $"Feature column '{column.Name}' is {type}, but the network takes a Vector<Single> of shape {shape}.");
        }
        // Any shape of the right length is taken, but not [H, W, C] where the network has learned [C, H, W]: it would score nonsense.
        bool isInterleaved = network.InputShape is [int c, int h, int w] && c != w && vector.Dimensions.AsSpan().SequenceEqual([h, w, c]);
        if (isInterleaved || vector.IsKnownSize && vector.Size != network.FeatureCount)
        {
            throw ColumnCheck.Unsuitable(
                $"Feature column '{column.Name}' is {vector}, but the network takes {network.FeatureCount} values of shape {shape}.");
        }
    }

    /// <summary>The values of a row, in order; false where one is NaN or infinite, so that the row cannot be scored.</summary>
    /// <exception cref="InvalidOperationException">The row has another number of values than the network takes.</exception>
    public bool TryRead(in VBuffer<float> features, out ReadOnlySpan<float> values)
    {
        if (features.Length != network.FeatureCount)
        {
            throw new InvalidOperationException(
                $"The features have {features.Length} values, but the network takes {network.FeatureCount} "
                + $"([{string.Join(", ", network.InputShape)}]).");
        }
        values = features.GetValues();
        if (!features.IsDense)
        {
            _dense ??= new float[network.FeatureCount];
            features.CopyTo(_dense);
            values = _dense;
        }
        return values.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue) < 0;
    }
}
