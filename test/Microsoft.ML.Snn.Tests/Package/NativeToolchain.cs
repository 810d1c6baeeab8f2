using System.Text.RegularExpressions;
using Xunit.Sdk;

namespace Microsoft.ML.Snn.Tests.Package;

/// <summary>What compiling to native code needs of the machine and its feeds.</summary>
internal static partial class NativeToolchain
{
    /// <summary>An empty program needs what every program needs: a compiler, a linker, and the C library's own files.</summary>
    /// <returns>What is missing; null where nothing is.</returns>
    public static async Task<string?> FindWhatLinkerLacksAsync(string folder)
    {
        // The first that there is: .NET's choice.
        string? compiler = new[] { "clang", "gcc" }.FirstOrDefault(IsInstalled);
        if (compiler is null)
            return "Native code is linked by clang or gcc, and neither is here.";
        await File.WriteAllTextAsync(Path.Combine(folder, "empty.c"), "#include <stdlib.h>\nint main(void) { return 0; }\n");
        try
        {
            await ChildProcess.RunAsync(folder, compiler, "empty.c", "-o", "empty", "-lm");
            return null;
        }
        catch (TrueException e)
        {
            return $"Native code cannot be linked here (libc6-dev may be missing): {e.Message}";
        }
    }

    /// <summary>Publishes the project in a folder.</summary>
    /// <returns>Why it cannot be published here; null where it is. Fails the test where the project is at fault.</returns>
    public static async Task<string?> PublishAsync(string folder, params string[] arguments)
    {
        try
        {
            await ChildProcess.RunAsync(folder, "dotnet", ["publish", .. arguments]);
            return null;
        }
        catch (TrueException e) when (MissingPackage().Match(e.Message) is { Success: true } error)
        {
            return $"Native code needs packages of the SDK's own version, and no feed has them: {error.Value}";
        }
    }

    private static bool IsInstalled(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>A package or version that no feed has (NU1100 to NU1103), or a feed that does not answer (NU1301).</summary>
    [GeneratedRegex("error NU1(10[0-3]|301):.*")]
    private static partial Regex MissingPackage();
}
