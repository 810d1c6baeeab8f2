using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>
/// Files of a small spiking ResNet with SpikingJelly's names and random weights, for pictures of three colors, as safetensors and
/// torch.save write them.
/// </summary>
internal static class SpikingResNetFile
{
    /// <summary>Writes safetensors.</summary>
    public static void Write(string path, int classes)
    {
        IReadOnlyList<(string Name, int[] Shape, float[] Values)> tensors = Tensors(classes);
        var header = new Dictionary<string, object>();
        long offset = 0;
        foreach ((string name, int[] shape, float[] values) in tensors)
        {
            long end = offset + values.Length * sizeof(float);
            header.Add(name, new { dtype = "F32", shape, data_offsets = new[] { offset, end } });
            offset = end;
        }
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(header), length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        using FileStream file = File.Create(path);
        file.Write(length);
        file.Write(text);
        foreach ((_, _, float[] values) in tensors)
            file.Write(MemoryMarshal.AsBytes<float>(values));
    }

    /// <summary>Writes a state dict as torch.save does: a zip of a pickle and of a storage for each tensor.</summary>
    public static void WriteStateDict(string path, int classes)
    {
        IReadOnlyList<(string Name, int[] Shape, float[] Values)> tensors = Tensors(classes);
        var pickle = new PickleWriter().Code(0x80, 2).Global("collections", "OrderedDict").Code(')', 'R', '(');
        for (int i = 0; i < tensors.Count; i++)
        {
            (string name, int[] shape, float[] values) = tensors[i];
            pickle.Text(name).Global("torch._utils", "_rebuild_tensor_v2")
                .Code('(', '(').Text("storage").Global("torch", "FloatStorage").Text($"{i}").Text("cpu").Number(values.Length)
                .Code('t', 'Q').Number(0).Numbers(shape);
            int[] strides = new int[shape.Length];
            for (int d = shape.Length - 1, stride = 1; d >= 0; stride *= shape[d--])
                strides[d] = stride;
            pickle.Numbers(strides).Code(0x89, 'N', 't', 'R');
        }
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        Add("data.pkl", pickle.Code('u', '.').Bytes);
        for (int i = 0; i < tensors.Count; i++)
            Add($"data/{i}", MemoryMarshal.AsBytes<float>(tensors[i].Values).ToArray());
        Add("version", "3\n"u8.ToArray());

        void Add(string name, byte[] content)
        {
            using Stream entry = zip.CreateEntry($"weights/{name}", CompressionLevel.NoCompression).Open();
            entry.Write(content);
        }
    }

    private static List<(string Name, int[] Shape, float[] Values)> Tensors(int classes)
    {
        var random = new Random(4);
        var tensors = new List<(string Name, int[] Shape, float[] Values)>();
        Convolution("conv1", "bn1", 3, 8, 3);
        Convolution("layer1.0.conv1", "layer1.0.bn1", 8, 8, 3);
        Convolution("layer1.0.conv2", "layer1.0.bn2", 8, 8, 3);
        Convolution("layer2.0.conv1", "layer2.0.bn1", 8, 16, 3);
        Convolution("layer2.0.conv2", "layer2.0.bn2", 16, 16, 3);
        Convolution("layer2.0.downsample.0", "layer2.0.downsample.1", 8, 16, 1);
        Add("fc.weight", 1, classes, 16);
        Add("fc.bias", 0.1, classes);
        return tensors;

        void Convolution(string convolution, string norm, int inputs, int outputs, int kernel)
        {
            Add($"{convolution}.weight", 1 / Math.Sqrt(inputs * kernel * kernel), outputs, inputs, kernel, kernel);
            Add($"{norm}.weight", 1, outputs);
            Add($"{norm}.bias", 0.3, outputs);
            Add($"{norm}.running_mean", 0.1, outputs);
            Add($"{norm}.running_var", 0, outputs);
        }

        // Variances are 1.
        void Add(string name, double deviation, params int[] shape) => tensors.Add((name, shape, RandomNetworks.Normal(
            random, shape.Aggregate((product, size) => product * size), deviation == 0 ? 1 : 0, deviation)));
    }
}
