namespace BatchScore.Results;

/// <summary>
/// Writes files that are there as a whole or not at all: under a name of each writer's own, <c>_owner.(GUID).tmp</c>, which readers of
/// folders pass over, and renamed then.
/// </summary>
internal static class WholeFile
{
    /// <param name="folder">The folder.</param>
    /// <param name="owner">Who writes it; tells whose what a killed run has left is.</param>
    /// <param name="name">The name that it gets.</param>
    /// <param name="overwrite">Whether a file of the name is replaced.</param>
    /// <param name="writeAsync">Writes the content.</param>
    /// <exception cref="IOException">It cannot be written, or is there and not to be replaced.</exception>
    public static async Task WriteAsync(string folder, string owner, string name, bool overwrite, Func<Stream, Task> writeAsync)
    {
        // Where locks do not work, two runs may write the same file.
        string unfinished = Path.Combine(folder, $"_{owner}.{Guid.NewGuid():N}.tmp");
        try
        {
            await using (FileStream file = File.Create(unfinished))
            {
                await writeAsync(file);
                // A name must not reach the disk before the bytes.
                file.Flush(flushToDisk: true);
            }
            File.Move(unfinished, Path.Combine(folder, name), overwrite);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>Removes what runs of an owner have left that were killed while they wrote.</summary>
    public static void Sweep(string folder, string owner)
    {
        foreach (string file in Directory.GetFiles(folder, $"_{owner}.*.tmp"))
            File.Delete(file);
    }
}
