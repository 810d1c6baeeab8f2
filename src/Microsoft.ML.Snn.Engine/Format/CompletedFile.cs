namespace Microsoft.ML.Snn.Engine.Format;

/// <summary>A file that was written under another name, so that its own name never stands for half of it.</summary>
internal static class CompletedFile
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2), _pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Gives a complete file its name, in place of the file that has it.</summary>
    /// <remarks>
    /// Windows refuses this while anybody has that file open, or replaces it at the same moment. Who only reads it is soon done, so there
    /// it is tried for two seconds.
    /// </remarks>
    /// <exception cref="IOException">The file cannot be replaced.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be replaced, is open, or is a folder.</exception>
    public static void TakeName(string complete, string path)
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
