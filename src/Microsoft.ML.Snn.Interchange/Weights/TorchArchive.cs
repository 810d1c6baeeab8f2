using System.IO.Compression;

namespace Microsoft.ML.Snn.Interchange.Weights;

/// <summary>State dicts as torch.save writes them: a zip of a pickle and the storages that it refers to.</summary>
internal static class TorchArchive
{
    // Names of 16 Mi characters, all together: a key may be there once and be part of many.
    private const int MaxPickle = 1 << 22, MaxDepth = 16, MaxKey = 1024, MaxNames = 1 << 24;

    /// <summary>The tensors of an archive, which has to stay open while they are read.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or no state dict; the message says what is wrong.</exception>
    public static IReadOnlyList<NamedTensor> Read(ZipArchive archive, long fileLength)
    {
        var entries = new Dictionary<string, ZipArchiveEntry>();
        long total = 0;
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            // torch.save compresses nothing; so no entry is larger than the file, and all together are not, unless they overlap.
            if (entry.CompressedLength != entry.Length || (total += entry.Length) > fileLength)
            {
                throw new InvalidDataException(
                    $"Entry {entry.FullName} is compressed or lies over others: torch.save writes no such files.");
            }
            if (!entries.TryAdd(entry.FullName, entry))
                throw new InvalidDataException($"There are two entries {entry.FullName}.");
        }
        ZipArchiveEntry[] pickles = [.. entries.Values.Where(entry => entry.Name == "data.pkl")];
        if (pickles is not [var pickle])
        {
            throw new InvalidDataException(pickles.Length == 0
                ? "The zip has no data.pkl: it is not from torch.save."
                : $"The zip has {pickles.Length} pickles, {pickles[0].FullName} and {pickles[1].FullName}: it is not from torch.save.");
        }
        if (pickle.Length > MaxPickle)
            throw new InvalidDataException($"The pickle has {pickle.Length} bytes.");
        string root = pickle.FullName[..^"data.pkl".Length];
        if (entries.TryGetValue($"{root}byteorder", out ZipArchiveEntry? order)
            && !Bytes(order, Math.Min(order.Length, 16)).AsSpan().SequenceEqual("little"u8))
            throw new InvalidDataException("The file was written on a machine of another byte order.");
        var storages = new TorchStorages(fileLength);
        var tensors = new List<NamedTensor>();
        long names = 0;
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        long elements = 0;
        Collect(new Pickle(Bytes(pickle, pickle.Length)).Read(), "", 0);
        return tensors;

        void Collect(object? value, string name, int depth)
        {
            if (value is PickleTensor tensor)
            {
                NamedTensor named = Tensor(tensor, name);
                elements += NamedTensor.Count(name, tensor.Shape);
                // Many tensors over one storage could ask for far more memory than the file has bytes.
                if (elements > fileLength)
                    throw new InvalidDataException("The file's tensors have more elements than it has bytes.");
                tensors.Add(named);
                return;
            }
            if (value is not Dictionary<object, object?> dictionary)
            {
                if (depth == 0)
                    throw new InvalidDataException("The file holds no dictionary. Save model.state_dict().");
                return;
            }
            if (depth == MaxDepth || !seen.Add(dictionary))
                throw new InvalidDataException("The file's dictionaries are nested too deeply, or one of them is there twice.");
            foreach ((object key, object? inner) in dictionary)
            {
                string part = key as string ?? $"{key}";
                if (part.Length > MaxKey || (names += name.Length + part.Length) > MaxNames)
                {
                    throw new InvalidDataException(
                        $"A key of the file's dictionaries has {part.Length} characters, or all names together have too many: those of a "
                        + $"state dict are names of tensors, of at most {MaxKey} characters each.");
                }
                Collect(inner, depth == 0 ? part : $"{name}.{part}", depth + 1);
            }
        }

        NamedTensor Tensor(PickleTensor tensor, string name)
        {
            PickleStorage storage = tensor.Storage;
            TensorType type = storage.Type;
            long count = NamedTensor.Count(name, tensor.Shape);
            if (!entries.TryGetValue($"{root}data/{storage.Key}", out ZipArchiveEntry? entry))
                throw new InvalidDataException($"Tensor {name}: the zip has no entry {root}data/{storage.Key}.");
            if ((Int128)storage.Count * type.Size != entry.Length)
                throw new InvalidDataException($"Tensor {name}: {storage.Count} elements are said to be in {entry.Length} bytes.");
            Int128 last = tensor.Offset;
            for (int i = 0; i < tensor.Shape.Length; i++)
                last += (Int128)Math.Max(0, tensor.Shape[i] - 1) * tensor.Stride[i];
            if (tensor.Offset < 0 || tensor.Stride.Any(stride => stride < 0) || count > 0 && last >= storage.Count)
                throw new InvalidDataException($"Tensor {name} reaches beyond its storage.");
            return new(name, tensor.Shape, type.Read is null ? null : () => Values(tensor, count, storages.Read(entry), type));
        }
    }

    private static float[] Values(PickleTensor tensor, long count, byte[] storage, TensorType type)
    {
        float[] values = new float[count];
        long[] index = new long[tensor.Shape.Length];
        long at = tensor.Offset;
        for (long i = 0; i < count; i++)
        {
            values[i] = type.Read!(storage.AsSpan((int)at * type.Size, type.Size));
            for (int d = index.Length - 1; d >= 0; d--)
            {
                at += tensor.Stride[d];
                if (++index[d] < tensor.Shape[d])
                    break;
                at -= index[d] * tensor.Stride[d];
                index[d] = 0;
            }
        }
        return values;
    }

    internal static byte[] Bytes(ZipArchiveEntry entry, long length)
    {
        if (length > Array.MaxLength)
            throw new InvalidDataException($"Entry {entry.FullName} has {length} bytes.");
        byte[] bytes = new byte[length];
        using Stream stream = entry.Open();
        try
        {
            stream.ReadExactly(bytes);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException($"Entry {entry.FullName} is shorter than it is said to be.", e);
        }
        return bytes;
    }
}
