using System.Globalization;
using System.IO.Hashing;

namespace Microsoft.ML.Snn;

/// <summary>
/// Where a training run keeps its checkpoint. Its file is named after everything that decides the outcome (network, options, data, seed):
/// runs that differ in any of it, such as the folds of a cross-validation, share a folder without disturbing each other, and none goes on
/// from what another one left.
/// </summary>
internal sealed class CheckpointFolder
{
    private readonly string _file;

    /// <param name="run">What decides the outcome; see <see cref="RunIdentity"/>.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public CheckpointFolder(string folder, RunIdentity run)
    {
        string path = Directory.CreateDirectory(folder).FullName;
        _file = Path.Combine(path, $"{run.Hash:x32}.checkpoint");
        // Better now than after the first epoch.
        using FileStream probe = new(
            Path.Combine(path, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
    }

    /// <summary>
    /// The seed of a run for which none was given: a new one the first time, the same one from then on, so that a run started again is the
    /// same run.
    /// </summary>
    public static int FindSeed(string folder, int drawn)
    {
        string file = Path.Combine(Directory.CreateDirectory(folder).FullName, "seed.txt");
        if (!File.Exists(file))
        {
            string own = $"{file}.{Guid.NewGuid():N}";
            File.WriteAllText(own, drawn.ToString(CultureInfo.InvariantCulture));
            try
            {
                File.Move(own, file);
            }
            catch (IOException) when (File.Exists(file))
            {
                // Another run, at the same time, was first.
                File.Delete(own);
            }
        }
        return int.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out int seed)
            ? seed
            : throw new InvalidDataException($"{file} does not hold a seed. Delete it, and the checkpoints beside it, to start anew.");
    }

    /// <summary>The last checkpoint of this very run, or null.</summary>
    /// <exception cref="InvalidDataException">There is one, but it is damaged.</exception>
    public Checkpoint? TryRead() => File.Exists(_file) ? Checkpoint.Read(_file) : null;

    public void Write(Checkpoint checkpoint) => checkpoint.Write(_file);
}
