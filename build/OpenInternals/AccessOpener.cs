using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace SnnMl.Build;

/// <summary>
/// Opens the accessibility of a compiled assembly, for the compiler's eyes only: internal types and members become public,
/// private protected ones protected. Nothing else changes, not even a length, so the patched file serves as a reference assembly.
/// </summary>
/// <remarks>
/// ML.NET keeps the constructors of the base classes of its components internal. The library is compiled against the patched copy and runs
/// against the untouched package, with <c>IgnoresAccessChecksToAttribute</c> telling the runtime that it may.
/// Flag values: ECMA-335 II.23.1.5 (fields), II.23.1.10 (methods), II.23.1.15 (types).
/// </remarks>
public static class AccessOpener
{
    private const int AccessMask = 7;

    /// <summary>Returns <paramref name="image"/> (a whole .dll file, changed in place) with its accessibility opened.</summary>
    public static byte[] Open(byte[] image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var file = new PEReader(new MemoryStream(image, writable: false));
        MetadataReader metadata = file.GetMetadataReader();
        int start = file.PEHeaders.MetadataStartOffset;

        Patch(image, start, metadata, TableIndex.TypeDef, column: 0, size: 4, OpenType);
        Patch(image, start, metadata, TableIndex.MethodDef, column: 6, size: 2, OpenMember);
        Patch(image, start, metadata, TableIndex.Field, column: 0, size: 2, OpenMember);
        return image;
    }

    private static int OpenType(int access) => access switch
    {
        0 => 1,             // internal -> public
        5 or 6 or 7 => 2,   // nested internal, private protected, protected internal -> nested public
        _ => access,
    };

    private static int OpenMember(int access) => access switch
    {
        3 => 6,             // internal -> public
        2 => 4,             // private protected -> protected
        _ => access,
    };

    private static void Patch(byte[] image, int start, MetadataReader metadata, TableIndex table, int column, int size, Func<int, int> open)
    {
        int rowSize = metadata.GetTableRowSize(table);
        int offset = start + metadata.GetTableMetadataOffset(table) + column;
        for (int row = 0; row < metadata.GetTableRowCount(table); row++, offset += rowSize)
        {
            int flags = size == 2 ? BitConverter.ToUInt16(image, offset) : BitConverter.ToInt32(image, offset);
            flags = flags & ~AccessMask | open(flags & AccessMask);
            for (int i = 0; i < size; i++)
                image[offset + i] = (byte)(flags >> 8 * i);
        }
    }
}
