using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn;

/// <summary>Takes the names of the classes from a label column's key values.</summary>
internal static class LabelAnnotations
{
    /// <summary>The key values as text or numbers; null where the column has none, or some of another kind (such as dates).</summary>
    public static ClassLabels? Read(DataViewSchema.Column label)
    {
        if (label.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is not VectorDataViewType type)
            return null;
        if (type.ItemType is TextDataViewType)
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            label.GetKeyValues(ref names);
            return ClassLabels.FromText(names.DenseValues().Select(name => name.ToString()));
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
            : raw == typeof(long) ? Numbers<long>(label, value => value)
            : raw == typeof(ulong) ? Numbers<ulong>(label, value => value)
            : null;
    }

    private static ClassLabels Numbers<T>(DataViewSchema.Column label, Func<T, double> convert)
    {
        VBuffer<T> values = default;
        label.GetKeyValues(ref values);
        return ClassLabels.FromNumbers(values.DenseValues().Select(convert));
    }
}
