namespace Microsoft.ML.Snn.Tests;

/// <summary>
/// Real images and recordings, which are not part of the repository: the folder named by the environment variable SNNML_DATA, or
/// <c>shared/data</c> beside the repository. Tests that need them skip where they are absent.
/// </summary>
internal static class RealData
{
    private static readonly string? _folder = Find();

    /// <summary>The path of a file or folder of the data set, or skips the running test.</summary>
    public static string Path(string name)
    {
        string? path = _folder is null ? null : System.IO.Path.Combine(_folder, name);
        if (path is null || !File.Exists(path) && !Directory.Exists(path))
            Assert.Skip($"Needs {name}; set SNNML_DATA to the folder that holds it.");
        return path;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("SNNML_DATA") is { Length: > 0 } named)
            return named;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = System.IO.Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
                return candidate;
        }
        return null;
    }
}
