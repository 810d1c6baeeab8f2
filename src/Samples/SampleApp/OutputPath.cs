namespace SampleApp;

/// <summary>Tells before any work begins whether its results can be written, rather than after hours of it.</summary>
public static class OutputPath
{
    /// <summary>Makes a folder, unless it is there, and tries that files can be made in it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="files">Names of the files that will be written into it; those of an earlier run must be replaceable.</param>
    /// <exception cref="UserException">The folder cannot be made or written, or one of the files cannot be replaced.</exception>
    public static void PrepareFolder(string folder, params ReadOnlySpan<string> files)
    {
        if (string.IsNullOrWhiteSpace(folder))
            throw new UserException("The name of the folder to write into is empty.");
        try
        {
            Directory.CreateDirectory(folder);
            // Nothing else tells: permissions, a disk mounted read-only, a share, a file system of the system's own.
            using FileStream trial = new(
                Path.Combine(folder, $"write-test-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1,
                FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (IsOfOutput(e))
        {
            throw new UserException(
                $"No file can be written into the folder '{folder}' ({e.Message.TrimEnd('.')}). Name another place.", e);
        }
        foreach (string file in files)
            CheckFile(Path.Combine(folder, file));
    }

    /// <summary>Tries that a file can be written, if it is there; it stays as it is.</summary>
    /// <exception cref="UserException">It is a folder, or read-only.</exception>
    public static void CheckFile(string path)
    {
        if (Directory.Exists(path))
            throw new UserException($"'{path}' is a folder, and the name of a file to write. Move it away, or name another place.");
        if (!File.Exists(path))
            return;
        try
        {
            using FileStream trial = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (Exception e) when (IsOfOutput(e))
        {
            throw new UserException($"'{path}' cannot be replaced ({e.Message.TrimEnd('.')}). Make it writable, or name another place.", e);
        }
    }

    private static bool IsOfOutput(Exception e) =>
        e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;
}
