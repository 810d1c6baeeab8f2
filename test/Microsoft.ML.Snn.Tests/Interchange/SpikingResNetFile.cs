using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>A safetensors file of a small spiking ResNet with SpikingJelly's names and random weights, for pictures of three colors.</summary>
internal static class SpikingResNetFile
{
    public static void Write(string path, int classes)
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
