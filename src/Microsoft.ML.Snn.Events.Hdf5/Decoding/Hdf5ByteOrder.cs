using System.Reflection;
using PureHDF;
using PureHDF.VOL.Native;

namespace Microsoft.ML.Snn.Events.Hdf5.Decoding;

/// <summary>
/// The order of the bytes of numbers. PureHDF knows it but tells nobody, and reads structures as if it were the machine's: it is looked up
/// in the message of the dataset's type.
/// </summary>
internal static class Hdf5ByteOrder
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <param name="dataset">Of numbers, or of structures of them.</param>
    /// <param name="name">The dataset's name, for messages.</param>
    /// <param name="offset">Where the number begins in a structure.</param>
    /// <param name="size">The number's bytes.</param>
    /// <exception cref="NotSupportedException">It is neither of the two orders.</exception>
    public static bool IsBigEndian(NativeDataset dataset, string name, int offset, int size)
    {
        if (size == 1)
            return false;
        object type = Get(dataset, "InternalDataType")!;
        if (dataset.Type.Class == H5DataTypeClass.Compound)
        {
            object member = Properties(type).First(part => Convert.ToUInt64(Get(part, "MemberByteOffset"), null) == (ulong)offset);
            type = Get(member, "MemberTypeMessage")!;
        }
        // An enumeration has the order of its numbers.
        for (object? inner = type; inner is not null; inner = Get(Properties(inner).FirstOrDefault(), "BaseType"))
            type = inner;
        return Get(Get(type, "BitField"), "ByteOrder")?.ToString() switch
        {
            "LittleEndian" => false,
            "BigEndian" => true,
            var other => throw new NotSupportedException($"{name}: its numbers have the order of bytes '{other}', which is not read."),
        };
    }

    private static IEnumerable<object> Properties(object type) => ((Array)Get(type, "Properties")!).Cast<object>();

    private static object? Get(object? from, string property) => from?.GetType().GetProperty(property, Any)?.GetValue(from);
}
