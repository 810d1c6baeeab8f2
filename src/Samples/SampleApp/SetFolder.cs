namespace SampleApp;

/// <summary>The folder of a set of data: one folder a class, or parts to train and to test on that hold them.</summary>
public static class SetFolder
{
    /// <summary>The folders in a folder, sorted, without those that archivers and desktops leave behind.</summary>
    public static string[] Folders(string folder) =>
    [
        .. Directory.GetDirectories(folder)
            .Where(path => Path.GetFileName(path) is not ("__MACOSX" or ['.', ..]))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The folder of class folders to train on, directly inside a set; null where the set has no parts.</summary>
    public static string? FindTrainPart(string set) => FindPart(set, "train", "training");

    /// <summary>The folder of class folders that are held out, directly inside a set; null where there is none.</summary>
    public static string? FindTestPart(string set) => FindPart(set, "test", "testing", "val", "valid", "validation");

    // The first name that there is, in any case of letters.
    private static string? FindPart(string set, params ReadOnlySpan<string> names)
    {
        string[] folders = Folders(set);
        foreach (string name in names)
        {
            if (Array.Find(folders, folder => Path.GetFileName(folder).Equals(name, StringComparison.OrdinalIgnoreCase)) is { } part)
                return part;
        }
        return null;
    }
}
