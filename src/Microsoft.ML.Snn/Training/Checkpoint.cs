using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Snn;

/// <summary>
/// All that a training run needs to go on after an epoch as if it had never stopped. Random generators are not among it: each epoch makes its
/// own from the seed (<see cref="SeedSequence"/>), and the learning rate follows from the epoch.
/// </summary>
/// <param name="Epoch">Epochs done.</param>
/// <param name="Tensors">The network's tensors.</param>
/// <param name="Momentum">The optimizer's momentum of each parameter, by the parameter's name.</param>
/// <param name="Best">Where early stopping is on: the best epoch.</param>
internal sealed record Checkpoint(
    int Epoch, IReadOnlyDictionary<string, float[]> Tensors, IReadOnlyDictionary<string, float[]> Momentum, BestEpoch? Best)
{
    private static readonly byte[] _magic = Encoding.ASCII.GetBytes("SNNCKPT1");

    /// <summary>Writes a file that is either complete or not there: a crash half-way leaves the earlier one in place.</summary>
    public void Write(string path)
    {
        string unfinished = path + ".unfinished";
        using (FileStream file = File.Create(unfinished))
        {
            byte[] content = Serialize();
            file.Write(_magic);
            file.Write(BitConverter.GetBytes(content.LongLength));
            file.Write(XxHash3.Hash(content));
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(unfinished, path, overwrite: true);
    }

    /// <exception cref="InvalidDataException">The file is no checkpoint, or damaged.</exception>
    public static Checkpoint Read(string path)
    {
        const int Header = 8 + 8 + 8;
        byte[] file = File.ReadAllBytes(path);
        ReadOnlySpan<byte> bytes = file;
        bool isWhole = bytes.Length >= Header
            && bytes[..8].SequenceEqual(_magic)
            && BitConverter.ToInt64(bytes[8..]) == bytes.Length - Header
            && XxHash3.Hash(bytes[Header..]).AsSpan().SequenceEqual(bytes[16..Header]);
        if (!isWhole)
            throw new InvalidDataException($"The checkpoint {path} is damaged. Delete it to start anew.");
        using var reader = new BinaryReader(new MemoryStream(file, Header, file.Length - Header));
        return new(reader.ReadInt32(), ReadTensors(reader), ReadTensors(reader), reader.ReadBoolean() ? ReadBest(reader) : null);
    }

    private byte[] Serialize()
    {
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Epoch);
        WriteTensors(writer, Tensors);
        WriteTensors(writer, Momentum);
        writer.Write(Best is not null);
        if (Best is not null)
        {
            writer.Write(Best.Epoch);
            writer.Write(Best.Accuracy);
            WriteTensors(writer, Best.Tensors);
        }
        writer.Flush();
        return bytes.ToArray();
    }

    private static BestEpoch ReadBest(BinaryReader reader) => new(reader.ReadInt32(), reader.ReadDouble(), ReadTensors(reader));

    private static void WriteTensors(BinaryWriter writer, IReadOnlyDictionary<string, float[]> tensors)
    {
        writer.Write(tensors.Count);
        foreach ((string name, float[] values) in tensors)
        {
            writer.Write(name);
            writer.Write(values.Length);
            writer.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        }
    }

    private static Dictionary<string, float[]> ReadTensors(BinaryReader reader)
    {
        var tensors = new Dictionary<string, float[]>();
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            string name = reader.ReadString();
            var values = new float[reader.ReadInt32()];
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            tensors.Add(name, values);
        }
        return tensors;
    }
}
