namespace Microsoft.ML.Snn.Training.Checkpoints;

/// <summary>
/// What a run has shown so far. It is a part of the checkpoint, so that a run that goes on tells of all its epochs, whatever has become of
/// the report that it wrote before.
/// </summary>
internal sealed class TrainingHistory
{
    private readonly List<EpochRecord> _epochs = [];
    private readonly List<string> _warnings = [];

    /// <summary>From the first epoch of all on.</summary>
    public IReadOnlyList<EpochRecord> Epochs => _epochs;

    /// <summary>Each once, in the order in which they came.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Of the last validation; null without any.</summary>
    public ConfusionCounts? Confusion { get; private set; }

    /// <summary>Of the epoch whose network becomes the model, so far; null where that is not chosen by validation.</summary>
    public ConfusionCounts? BestConfusion { get; private set; }

    public void Add(EpochRecord epoch, ConfusionCounts? confusion)
    {
        _epochs.Add(epoch);
        Confusion = confusion;
    }

    public void Warn(string message)
    {
        if (!_warnings.Contains(message))
            _warnings.Add(message);
    }

    /// <summary>The epoch added last is the best so far.</summary>
    public void KeepBest() => BestConfusion = Confusion;

    /// <summary>Takes over what a checkpoint has kept; warnings that came since stay.</summary>
    public void Resume(TrainingHistory earlier)
    {
        string[] since = [.. _warnings];
        _warnings.Clear();
        foreach (string message in earlier._warnings.Concat(since))
            Warn(message);
        _epochs.InsertRange(0, earlier._epochs);
        (Confusion, BestConfusion) = (earlier.Confusion, earlier.BestConfusion);
    }

    public void Write(BinaryWriter writer)
    {
        WriteAll(writer, _epochs, epoch => EpochFormat.Write(writer, epoch));
        WriteAll(writer, _warnings, writer.Write);
        WriteConfusion(writer, Confusion);
        WriteConfusion(writer, BestConfusion);
    }

    /// <exception cref="EndOfStreamException">There is less than was written.</exception>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public static TrainingHistory Read(BinaryReader reader)
    {
        var history = new TrainingHistory();
        history._epochs.AddRange(ReadAll(reader, () => EpochFormat.Read(reader)));
        history._warnings.AddRange(ReadAll(reader, reader.ReadString));
        (history.Confusion, history.BestConfusion) = (ReadConfusion(reader), ReadConfusion(reader));
        return history;
    }

    /// <summary>A count, and then as many.</summary>
    internal static void WriteAll<T>(BinaryWriter writer, IReadOnlyCollection<T> items, Action<T> write)
    {
        writer.Write(items.Count);
        foreach (T item in items)
            write(item);
    }

    /// <inheritdoc cref="WriteAll"/>
    internal static List<T> ReadAll<T>(BinaryReader reader, Func<T> read)
    {
        var items = new List<T>();
        for (int left = reader.ReadInt32(); left > 0; left--)
            items.Add(read());
        return items;
    }

    private static void WriteConfusion(BinaryWriter writer, ConfusionCounts? confusion)
    {
        writer.Write(confusion?.Epoch ?? 0);
        if (confusion is null)
            return;
        WriteAll(writer, confusion.Samples, pair =>
        {
            writer.Write(pair.Key.Actual);
            writer.Write(pair.Key.Predicted);
            writer.Write(pair.Value);
        });
    }

    private static ConfusionCounts? ReadConfusion(BinaryReader reader)
    {
        int epoch = reader.ReadInt32();
        if (epoch == 0)
            return null;
        var confusion = new ConfusionCounts(epoch);
        foreach ((int actual, int predicted, long samples) in ReadAll(
            reader, () => (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt64())))
        {
            confusion.Add(actual, predicted, samples);
        }
        return confusion;
    }
}
