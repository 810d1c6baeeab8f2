using System.ComponentModel;
using System.Diagnostics;

namespace Microsoft.ML.Snn.Tests;

/// <summary>Programs in Python, where it is installed: the user's own, or Debian's, for which Debian has packages.</summary>
internal static class PythonProgram
{
    /// <summary>Runs one. Fails where the program does.</summary>
    /// <param name="arguments">Of Python.</param>
    /// <returns>False where no Python has the modules that it asks for.</returns>
    public static bool Run(params string[] arguments) =>
        // Wine would run Python for Linux, which knows none of Windows' paths.
        !OperatingSystem.IsWindows() && ((string[])["python3", "/usr/bin/python3"]).Any(python => Run(python, arguments));

    private static bool Run(string python, string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardError = true })!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0 || errors.Contains("ModuleNotFoundError", StringComparison.Ordinal), errors);
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
