using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn.Training.Checkpoints;

/// <summary>
/// Where a training run keeps its checkpoint. Its file is named after everything that decides the outcome (network, options, data, seed):
/// runs that differ in any of it, such as the folds of a cross-validation, share a folder without disturbing each other, and none goes on
/// from what another one left.
/// </summary>
internal sealed class CheckpointFolder
{
    // Younger ones may be another process's, which is about to give them their name.
    private static readonly TimeSpan _leftOverAge = TimeSpan.FromMinutes(10);

    private readonly string _file;
    private readonly string _machine;
    private readonly IChannel _channel;

    /// <param name="folder">Made where it is not there.</param>
    /// <param name="run">What decides the outcome; see <see cref="RunIdentity"/>.</param>
    /// <param name="channel">Takes warnings.</param>
    /// <param name="ranks">How many processes train together: their sums differ in the last bits.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public CheckpointFolder(string folder, RunIdentity run, IChannel channel, int ranks = 1)
    {
        _channel = channel;
        _machine = ranks == 1 ? TrainingMachine.Describe() : $"{ranks} ranks of {TrainingMachine.Describe()}";
        string path = WholeFile.CheckFolder(folder);
        ClearLeftOvers(path);
        _file = Path.Combine(path, $"{run.Hash:x32}.checkpoint");
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
            string own = $"{file}.{Guid.NewGuid():N}{WholeFile.Unfinished}";
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

    /// <summary>
    /// Takes over the last checkpoint of this very run; gives the number of epochs done, 0 where there is none. Warns where it comes from
    /// another kind of machine.
    /// </summary>
    /// <param name="epochs">Of the whole run.</param>
    /// <param name="load">Puts the state, after a number of epochs, into the network.</param>
    /// <exception cref="InvalidDataException">There is one, but it is damaged.</exception>
    public int Resume(int epochs, Action<Checkpoint> load)
    {
        if (!File.Exists(_file))
            return 0;
        Checkpoint checkpoint = Checkpoint.Read(_file);
        if (checkpoint.Epoch < 1 || checkpoint.Epoch > epochs)
            throw Checkpoint.Damaged(_file);
        try
        {
            load(checkpoint);
        }
        catch (Exception e) when (e is KeyNotFoundException or ArgumentException)
        {
            throw Checkpoint.Damaged(_file, e);
        }
        _channel.Info($"Going on from the checkpoint after epoch {checkpoint.Epoch} of {epochs}.");
        if (checkpoint.Machine != _machine && checkpoint.Epoch < epochs)
        {
            _channel.Warning($"The checkpoint was written with {checkpoint.Machine}, this process has {_machine}. The run goes on, but "
                + "its weights will not be equal to the last bit to those of a run that was not stopped.");
        }
        return checkpoint.Epoch;
    }

    public void Write(int epoch, TrainingState state, BestEpoch? best, TrainingHistory history) =>
        new Checkpoint(epoch, state, best, _machine, history).Write(_file);

    /// <summary>Removes what runs that were killed while they wrote have left.</summary>
    private static void ClearLeftOvers(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, $"*{WholeFile.Unfinished}"))
        {
            try
            {
                if (DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > _leftOverAge)
                    File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody else's, perhaps, or gone by now: it is in nobody's way.
            }
        }
    }
}
