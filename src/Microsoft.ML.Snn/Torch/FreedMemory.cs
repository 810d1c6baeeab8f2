using System.Runtime.InteropServices;

namespace Microsoft.ML.Snn.Torch;

/// <summary>
/// Memory that tensors have given back to the C library, which keeps it: glibc takes even large blocks from its heap after the first of
/// them was freed, and a heap with holes grows.
/// </summary>
internal static partial class FreedMemory
{
    private static bool _isGlibc = OperatingSystem.IsLinux();

    /// <summary>Gives it back to the system, on Linux with glibc; elsewhere nothing happens.</summary>
    public static void ReturnToSystem()
    {
        if (!_isGlibc)
            return;
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has neither the function nor the problem.
            _isGlibc = false;
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}
