using System.Buffers.Binary;
using System.Text.Json;

namespace Microsoft.ML.Snn.Interchange.Weights;

/// <summary>Files of safetensors: a length of 8 bytes, a JSON header that tells where each tensor is, and the tensors.</summary>
internal static class SafetensorsFile
{
    private const int MaxHeader = 1 << 24;

    // Texts by names, which the format allows beside the tensors.
    private const string Metadata = "__metadata__";

    /// <summary>The tensors of a file, which has to stay open while they are read.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; the message says what is wrong.</exception>
    public static IReadOnlyList<NamedTensor> Read(Stream file)
    {
        file.Position = 0;
        byte[] prefix = new byte[8];
        if (file.Length < prefix.Length)
            throw new InvalidDataException("The file is too short for safetensors.");
        file.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeader || (long)length > file.Length - prefix.Length)
        {
            throw new InvalidDataException(
                $"The file is neither a zip of torch.save nor a safetensors file, whose header would have {length} bytes. PyTorch before "
                + "1.6 wrote no zips: save such a state dict again with a later one.");
        }
        byte[] header = new byte[length];
        file.ReadExactly(header);
        try
        {
            using var json = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8 });
            return Tensors(json.RootElement, file, prefix.Length + (long)length);
        }
        // What is not of the kind that it should be is an InvalidOperationException, a number too large a FormatException.
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new InvalidDataException($"The header of the safetensors file is damaged: {e.Message}", e);
        }
    }

    /// <summary>Writes float32 tensors, and texts beside them.</summary>
    public static void Write(
        Stream stream, IReadOnlyList<(string Name, string Text)> metadata,
        IReadOnlyList<(string Name, int[] Shape, float[] Values)> tensors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(Metadata);
            foreach ((string name, string text) in metadata)
                json.WriteString(name, text);
            json.WriteEndObject();
            long offset = 0;
            foreach ((string name, int[] shape, float[] values) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                foreach (int size in shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += 4L * values.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Tensors begin at multiples of 8.
        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)buffer.Length);
        stream.Write(bytes);
        buffer.WriteTo(stream);
        byte[] part = new byte[1 << 16];
        foreach ((_, _, float[] values) in tensors)
        {
            foreach (float[] chunk in values.Chunk(part.Length / 4))
            {
                for (int i = 0; i < chunk.Length; i++)
                    BinaryPrimitives.WriteSingleLittleEndian(part.AsSpan(4 * i), chunk[i]);
                stream.Write(part, 0, 4 * chunk.Length);
            }
        }
    }

    private static List<NamedTensor> Tensors(JsonElement root, Stream file, long start)
    {
        var tensors = new List<NamedTensor>();
        var names = new HashSet<string>();
        long end = 0;
        foreach (JsonProperty entry in root.EnumerateObject())
        {
            if (entry.Name == Metadata)
                continue;
            string dtype = entry.Value.GetProperty("dtype").GetString() ?? "null";
            TensorType? type = TensorType.Safetensors.GetValueOrDefault(dtype);
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
            long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
            long count = NamedTensor.Count(entry.Name, shape);
            if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > file.Length - start
                || type is not null && offsets[1] - offsets[0] != count * type.Size)
            {
                throw new InvalidDataException(
                    $"Tensor {entry.Name} of {count} elements is said to be at [{string.Join(", ", offsets)}], which cannot be.");
            }
            if (!names.Add(entry.Name))
                throw new InvalidDataException($"There are two tensors {entry.Name}.");
            end += offsets[1] - offsets[0];
            // The header is gone when the tensor is read.
            string name = entry.Name;
            tensors.Add(new(name, shape, type switch
            {
                // Whoever takes it is told; others may lie beside what is read.
                null => () => throw new InvalidDataException($"Tensor {name} has elements of type {dtype}, which is not known."),
                { Read: null } => null,
                _ => () => Values(file, start + offsets[0], count, type),
            }));
        }
        // Tensors that lie one over another could ask for far more memory than the file has bytes.
        if (end > file.Length - start)
            throw new InvalidDataException("Tensors of the safetensors file overlap.");
        return tensors;
    }

    private static float[] Values(Stream file, long position, long count, TensorType type)
    {
        file.Position = position;
        float[] values = new float[count];
        byte[] part = new byte[type.Size * (int)Math.Min(count, 1 << 14)];
        for (long done = 0; done < count;)
        {
            int now = (int)Math.Min(count - done, part.Length / type.Size);
            file.ReadExactly(part, 0, now * type.Size);
            for (int i = 0; i < now; i++)
                values[done + i] = type.Read!(part.AsSpan(i * type.Size));
            done += now;
        }
        return values;
    }
}
