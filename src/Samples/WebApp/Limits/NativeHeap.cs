using System.Runtime.InteropServices;

namespace WebApp.Limits;

/// <summary>The memory that native libraries have of the C library, such as that of decoded pictures.</summary>
internal static class NativeHeap
{
    // glibc's name: other C libraries have neither it nor the function.
    private const string _glibc = "libc.so.6";

    private static readonly bool _isGlibc = OperatingSystem.IsLinux() && NativeLibrary.TryLoad(_glibc, out nint library)
        && NativeLibrary.TryGetExport(library, "malloc_trim", out _);

    /// <summary>
    /// Gives back what has been freed. glibc has an arena for each thread or so, and by itself shrinks it at its end only: a small block
    /// there that is still used holds all that is free before it.
    /// </summary>
    public static void Trim()
    {
        if (_isGlibc)
            TrimGlibc(0);
    }

    [DllImport(_glibc, EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int TrimGlibc(nuint keptBytes);
}
