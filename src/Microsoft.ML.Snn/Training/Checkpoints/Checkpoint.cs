using System.IO.Hashing;
using System.Text;
using Microsoft.ML.Snn.Engine.Format;
using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Training.Checkpoints;

/// <summary>
/// Everything that a training run needs to continue after an epoch as if it had never stopped. Random generators are not part of it: each
/// epoch makes its own from the seed (<see cref="SeedSequence"/>), and the learning rate follows from the epoch.
/// </summary>
/// <param name="Epoch">Epochs done.</param>
/// <param name="State">Network and optimizer.</param>
/// <param name="Best">Where early stopping is on: the best epoch.</param>
/// <param name="Machine">Where it was written: <see cref="TrainingMachine"/>.</param>
/// <param name="History">What the run has shown so far.</param>
internal sealed record Checkpoint(int Epoch, TrainingState State, BestEpoch? Best, string Machine, TrainingHistory History)
{
    private const ulong Magic = 0x35_54_50_4B_43_4E_4E_53;  // "SNNCKPT5"

    /// <summary>Writes a file that is either complete or not there: a crash half-way leaves the earlier one in place.</summary>
    public void Write(string path) => WholeFile.Write(path, file =>
    {
        var hash = new XxHash3();
        using (var writer = new BinaryWriter(new HashedStream(file, hash)))
            WriteContent(writer);
        file.Write(BitConverter.GetBytes(hash.GetCurrentHashAsUInt64()));
    });

    /// <summary>The same for a process that takes part in the run.</summary>
    public byte[] ToBytes()
    {
        var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes))
            WriteContent(writer);
        return bytes.ToArray();
    }

    /// <inheritdoc cref="ToBytes"/>
    public static Checkpoint FromBytes(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        return ReadContent(reader, bytes.Length);
    }

    /// <exception cref="InvalidDataException">The file is no checkpoint, or damaged.</exception>
    public static Checkpoint Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        // First the hash: what is not as it was written is not looked at.
        if (!HasItsHash(file))
            throw Damaged(path);
        try
        {
            file.Position = 0;
            using var reader = new BinaryReader(file, Encoding.UTF8, leaveOpen: true);
            Checkpoint checkpoint = ReadContent(reader, file.Length);
            if (file.Position == file.Length - sizeof(ulong))
                return checkpoint;
        }
        // A text of negative length is an IOException.
        catch (Exception e) when (e is IOException or InvalidDataException or ArgumentException or FormatException)
        {
            throw Damaged(path, e);
        }
        throw Damaged(path);
    }

    /// <summary>Whatever it is, there is but one thing to say.</summary>
    public static InvalidDataException Damaged(string path, Exception? cause = null) =>
        new($"The checkpoint {path} is damaged. Delete it to start anew.", cause);

    private static bool HasItsHash(FileStream file)
    {
        long content = file.Length - sizeof(ulong);
        if (content < 0)
            return false;
        var hash = new XxHash3();
        byte[] part = new byte[1 << 16];
        for (long left = content; left > 0;)
        {
            int read = file.Read(part, 0, (int)Math.Min(part.Length, left));
            if (read == 0)
                return false;
            hash.Append(part.AsSpan(0, read));
            left -= read;
        }
        file.ReadExactly(part, 0, sizeof(ulong));
        return BitConverter.ToUInt64(part) == hash.GetCurrentHashAsUInt64();
    }

    private void WriteContent(BinaryWriter writer)
    {
        writer.Write(Magic);
        writer.Write(Epoch);
        writer.Write(Machine);
        NamedArrays.Write(writer, State.Tensors);
        NamedArrays.Write(writer, State.Momentum);
        NamedArrays.Write(writer, State.Average);
        writer.Write(Best is not null);
        if (Best is not null)
        {
            writer.Write(Best.Epoch);
            writer.Write(Best.Accuracy);
            NamedArrays.Write(writer, Best.Tensors);
        }
        History.Write(writer);
    }

    private static Checkpoint ReadContent(BinaryReader reader, long length)
    {
        if (reader.ReadUInt64() != Magic)
            throw new InvalidDataException();
        int epoch = reader.ReadInt32();
        string machine = reader.ReadString();
        var state = new TrainingState(NamedArrays.Read(reader, length), NamedArrays.Read(reader, length), NamedArrays.Read(reader, length));
        BestEpoch? best = reader.ReadBoolean() ? ReadBest(reader, length) : null;
        return new(epoch, state, best, machine, TrainingHistory.Read(reader));
    }

    private static BestEpoch ReadBest(BinaryReader reader, long length) =>
        new(reader.ReadInt32(), reader.ReadDouble(), NamedArrays.Read(reader, length));
}
