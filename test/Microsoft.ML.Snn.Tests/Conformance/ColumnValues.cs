using System.Globalization;
using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Tests.Conformance;

/// <summary>Column values of any type as text that tells any two different values apart, so that views can be compared exactly.</summary>
internal static class ColumnValues
{
    private static readonly MethodInfo _getter = typeof(ColumnValues).GetMethod(nameof(TypedGetter), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>All rows' values of some columns, one array a row.</summary>
    public static string[][] Read(IDataView view, int[] columns)
    {
        var rows = new List<string[]>();
        using DataViewRowCursor cursor = view.GetRowCursor(columns.Select(index => view.Schema[index]));
        Func<string>[] read = [.. columns.Select(index => Getter(cursor, view.Schema[index]))];
        while (cursor.MoveNext())
            rows.Add([.. read.Select(get => get())]);
        return [.. rows];
    }

    public static Func<string> Getter(DataViewRow row, DataViewSchema.Column column) =>
        (Func<string>)_getter.MakeGenericMethod(column.Type.RawType).Invoke(null, [row, column])!;

    private static Func<string> TypedGetter<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return Describe(value);
        };
    }

    private static string Describe(object? value) => value switch
    {
        VBuffer<float> vector => Vector(vector),
        VBuffer<double> vector => Vector(vector),
        VBuffer<byte> vector => Vector(vector),
        VBuffer<int> vector => Vector(vector),
        VBuffer<uint> vector => Vector(vector),
        VBuffer<ReadOnlyMemory<char>> vector => Vector(vector),
        EventRecording recording => string.Join(",", recording.Events.ToArray()),
        float number => BitConverter.SingleToUInt32Bits(number).ToString("x8", CultureInfo.InvariantCulture),
        double number => BitConverter.DoubleToUInt64Bits(number).ToString("x16", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value?.ToString() ?? "null",
    };

    private static string Vector<T>(VBuffer<T> vector) => string.Join(",", vector.DenseValues().Select(value => Describe(value)));
}
