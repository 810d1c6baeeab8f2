using System.Globalization;
using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Scoring.Labels;

/// <summary>Takes the names of the classes from the annotations of a label or score column.</summary>
internal static class LabelAnnotations
{
    /// <summary>The key values as text or numbers; null where the column has none, or some of another kind (such as dates).</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are more or fewer key values than keys.</exception>
    public static LabelValues? Read(DataViewSchema.Column label)
    {
        if (TypeOf(label, AnnotationUtils.Kinds.KeyValues) is not { } type)
            return null;
        ulong keys = label.Type.GetKeyCount();
        if ((ulong)type.Size != keys)
            throw ColumnCheck.Unsuitable(
                $"Label column '{label.Name}' has {keys} keys but {type.Size} key values. Make it with MapValueToKey.");
        return Read(label, AnnotationUtils.Kinds.KeyValues, type);
    }

    /// <summary>
    /// The classes that a column of scores says its scores are of: the labels that its model was trained on or, without them, the names of
    /// its slots; null where it says nothing.
    /// </summary>
    public static LabelValues? ReadScores(DataViewSchema.Column scores)
    {
        foreach (string kind in (string[])[AnnotationUtils.Kinds.TrainingLabelValues, AnnotationUtils.Kinds.SlotNames])
        {
            if (TypeOf(scores, kind) is { } type && type.Size == scores.Type.GetVectorSize())
                return Read(scores, kind, type);
        }
        return null;
    }

    private static VectorDataViewType? TypeOf(DataViewSchema.Column column, string kind) =>
        column.Annotations.Schema.GetColumnOrNull(kind)?.Type as VectorDataViewType;

    private static LabelValues? Read(DataViewSchema.Column column, string kind, VectorDataViewType type)
    {
        if (type.ItemType is TextDataViewType)
            return LabelValues.FromText(Values<ReadOnlyMemory<char>>(column, kind).Select(name => name.ToString()));
        Type raw = type.ItemType.RawType;
        return raw == typeof(float) ? Numbers<float>(value => value)
            : raw == typeof(double) ? Numbers<double>(value => value)
            : raw == typeof(bool) ? Numbers<bool>(value => value ? 1 : 0)
            : raw == typeof(sbyte) ? Numbers<sbyte>(value => value)
            : raw == typeof(byte) ? Numbers<byte>(value => value)
            : raw == typeof(short) ? Numbers<short>(value => value)
            : raw == typeof(ushort) ? Numbers<ushort>(value => value)
            : raw == typeof(int) ? Numbers<int>(value => value)
            : raw == typeof(uint) ? Numbers<uint>(value => value)
            : raw == typeof(long) ? Integers(Values<long>(column, kind))
            : raw == typeof(ulong) ? Integers(Values<ulong>(column, kind))
            : null;

        LabelValues Numbers<T>(Func<T, double> convert) => LabelValues.FromNumbers(Values<T>(column, kind).Select(convert));
    }

    /// <summary>As text where a number of 64 bits would lose its last digits as a double, and two labels could become one.</summary>
    private static LabelValues Integers<T>(T[] labels)
        where T : IBinaryInteger<T>
    {
        return Array.TrueForAll(labels, value => T.CreateSaturating(double.CreateChecked(value)) == value)
            ? LabelValues.FromNumbers(labels.Select(double.CreateChecked))
            : LabelValues.FromText(labels.Select(value => value.ToString(null, CultureInfo.InvariantCulture)));
    }

    private static T[] Values<T>(DataViewSchema.Column column, string kind)
    {
        VBuffer<T> values = default;
        column.Annotations.GetValue(kind, ref values);
        return [.. values.DenseValues()];
    }
}
