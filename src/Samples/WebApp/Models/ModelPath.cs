namespace WebApp.Models;

/// <summary>Where a model's file may be.</summary>
internal sealed class ModelPath
{
    private readonly string[] _candidates;

    /// <param name="path">As the settings have it. A relative one is looked for in each of the folders.</param>
    /// <param name="folders">Folders, the first choice first.</param>
    public ModelPath(string path, IEnumerable<string> folders) =>
        _candidates = [.. folders.Select(folder => Path.GetFullPath(path, Path.GetFullPath(folder))).Distinct()];

    /// <summary>A path as users mean it: from the working folder, or from where the program lies, be it deep in the repository.</summary>
    public static ModelPath FromSettings(string path) =>
        new(path, [Environment.CurrentDirectory, .. FolderAndThoseAbove(AppContext.BaseDirectory)]);

    /// <summary>The first place where there is a file; of none, the first place.</summary>
    public string Locate() => Array.Find(_candidates, File.Exists) ?? _candidates[0];

    private static IEnumerable<string> FolderAndThoseAbove(string folder)
    {
        for (DirectoryInfo? at = new(folder); at is not null; at = at.Parent)
            yield return at.FullName;
    }
}
