namespace Microsoft.ML.Snn.Engine.Format;

/// <summary>A file that was written under another name, so that its own name never stands for half of it.</summary>
internal static class CompletedFile
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2), _pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Writes a file; one that is there is replaced as soon as the new one is complete.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="unfinished">The end of the name that it has until then.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, is a folder or, on Windows, stays open.</exception>
    public static void Write(string path, Action<FileStream> write, string unfinished = ".part")
    {
        // A name of its own: two that write to the same path at the same time must not write into one file.
        string part = $"{path}.{Guid.NewGuid():N}{unfinished}";
        try
        {
            using (FileStream stream = File.Create(part))
                write(stream);
            TakeName(part, path);
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>Gives a complete file its name, in place of the file that has it.</summary>
    /// <remarks>
    /// Windows refuses this while anybody has that file open, or replaces it at the same moment. Who only reads it is soon done, so there
    /// it is tried for two seconds.
    /// </remarks>
    /// <exception cref="IOException">The file cannot be replaced.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be replaced, is open, or is a folder.</exception>
    private static void TakeName(string complete, string path)
    {
        for (long deadline = Environment.TickCount64 + (long)_patience.TotalMilliseconds;;)
        {
            try
            {
                File.Move(complete, path, overwrite: true);
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException && OperatingSystem.IsWindows()
                && File.Exists(complete) && File.Exists(path) && Environment.TickCount64 < deadline)
            {
                Thread.Sleep(_pause);
            }
        }
    }
}
