using System.Globalization;
using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Scoring.Labels;

/// <summary>Takes the names of the classes from a label column's key values.</summary>
internal static class LabelAnnotations
{
    /// <summary>The key values as text or numbers; null where the column has none, or some of another kind (such as dates).</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are more or fewer key values than keys.</exception>
    public static LabelValues? Read(DataViewSchema.Column label)
    {
        if (label.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is not VectorDataViewType type)
            return null;
        ulong keys = label.Type.GetKeyCount();
        if ((ulong)type.Size != keys)
            throw ColumnCheck.Unsuitable(
                $"Label column '{label.Name}' has {keys} keys but {type.Size} key values. Make it with MapValueToKey.");
        if (type.ItemType is TextDataViewType)
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            label.GetKeyValues(ref names);
            return LabelValues.FromText(names.DenseValues().Select(name => name.ToString()));
        }
        Type raw = type.ItemType.RawType;
        return raw == typeof(float) ? Numbers<float>(label, value => value)
            : raw == typeof(double) ? Numbers<double>(label, value => value)
            : raw == typeof(bool) ? Numbers<bool>(label, value => value ? 1 : 0)
            : raw == typeof(sbyte) ? Numbers<sbyte>(label, value => value)
            : raw == typeof(byte) ? Numbers<byte>(label, value => value)
            : raw == typeof(short) ? Numbers<short>(label, value => value)
            : raw == typeof(ushort) ? Numbers<ushort>(label, value => value)
            : raw == typeof(int) ? Numbers<int>(label, value => value)
            : raw == typeof(uint) ? Numbers<uint>(label, value => value)
            : raw == typeof(long) ? Integers<long>(label)
            : raw == typeof(ulong) ? Integers<ulong>(label)
            : null;
    }

    /// <summary>As text where a number of 64 bits would lose its last digits as a double, and two labels could become one.</summary>
    private static LabelValues Integers<T>(DataViewSchema.Column label)
        where T : IBinaryInteger<T>
    {
        VBuffer<T> values = default;
        label.GetKeyValues(ref values);
        T[] labels = [.. values.DenseValues()];
        return Array.TrueForAll(labels, value => T.CreateSaturating(double.CreateChecked(value)) == value)
            ? LabelValues.FromNumbers(labels.Select(double.CreateChecked))
            : LabelValues.FromText(labels.Select(value => value.ToString(null, CultureInfo.InvariantCulture)));
    }

    private static LabelValues Numbers<T>(DataViewSchema.Column label, Func<T, double> convert)
    {
        VBuffer<T> values = default;
        label.GetKeyValues(ref values);
        return LabelValues.FromNumbers(values.DenseValues().Select(convert));
    }
}
