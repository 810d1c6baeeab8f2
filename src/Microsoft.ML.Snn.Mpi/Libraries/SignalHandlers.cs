using System.Runtime.InteropServices;

namespace Microsoft.ML.Snn.Mpi.Libraries;

/// <summary>
/// Puts back, when disposed, what the process does on signals of errors: .NET makes exceptions of some, while MPI libraries (UCX, beneath
/// MPICH; Open MPI too) would write a backtrace and end the process.
/// </summary>
internal sealed unsafe class SignalHandlers : IDisposable
{
    // No less than a struct sigaction of any libc.
    private const int Bytes = 512;

    // SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE and SIGSEGV on Linux for x64 and Arm64.
    private static readonly int[] _signals = [4, 5, 6, 7, 8, 11];

    private static readonly delegate* unmanaged<int, void*, void*, int> _sigaction =
        (delegate* unmanaged<int, void*, void*, int>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "sigaction");

    private readonly byte[] _actions = new byte[_signals.Length * Bytes];

    public SignalHandlers()
    {
        fixed (byte* actions = _actions)
        {
            for (int i = 0; i < _signals.Length; i++)
                _sigaction(_signals[i], null, actions + i * Bytes);
        }
    }

    public void Dispose()
    {
        fixed (byte* actions = _actions)
        {
            for (int i = 0; i < _signals.Length; i++)
                _sigaction(_signals[i], actions + i * Bytes, null);
        }
    }
}
