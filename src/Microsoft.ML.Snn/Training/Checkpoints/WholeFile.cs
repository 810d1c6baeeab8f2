using Microsoft.ML.Snn.Engine.Format;

namespace Microsoft.ML.Snn.Training.Checkpoints;

/// <summary>Files that are either complete or not there: a crash half-way leaves the earlier one in place.</summary>
internal static class WholeFile
{
    /// <summary>The end of the names of files that are not complete yet.</summary>
    public const string Unfinished = ".unfinished";

    /// <param name="path">A file that is there is replaced.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, or is a folder.</exception>
    public static void Write(string path, Action<FileStream> write) => CompletedFile.Write(
        path,
        file =>
        {
            write(file);
            file.Flush(flushToDisk: true);
        },
        Unfinished);

    /// <summary>
    /// Makes a folder where it is not there, and sees whether files can be written to it: better now than after an epoch.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be made or written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be made or written to.</exception>
    public static string CheckFolder(string folder)
    {
        string path = Directory.CreateDirectory(folder).FullName;
        using FileStream probe = new(
            Path.Combine(path, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1,
            FileOptions.DeleteOnClose);
        return path;
    }
}
