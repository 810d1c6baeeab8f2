using System.Runtime.InteropServices;

namespace Microsoft.ML.Snn.Mpi.Libraries;

/// <summary>A handle that is there from the beginning: a number, or the address of a symbol.</summary>
internal sealed record MpiHandle(int Number, string? Symbol)
{
    public MpiHandle(int number)
        : this(number, null)
    {
    }

    public MpiHandle(string symbol)
        : this(0, symbol)
    {
    }

    public nint In(nint library) => Symbol is null ? Number : NativeLibrary.GetExport(library, Symbol);
}
