using System.IO.Compression;
using Microsoft.ML.Snn.Interchange.Weights;

namespace Microsoft.ML.Snn;

/// <summary>Spiking ResNets that were trained in PyTorch.</summary>
public static class PyTorchNetwork
{
    /// <summary>
    /// Reads the weights of a spiking ResNet as SpikingJelly or BrainCog name them: a state dict that <c>torch.save</c> wrote, or a
    /// safetensors file. Nothing in the file is executed.
    /// </summary>
    /// <remarks>
    /// Tensors are found by name and shape: <c>conv1</c>, <c>bn1</c>; for each stage s and block b <c>layer{s}.{b}.conv1</c> and
    /// <c>bn1</c>, <c>conv2</c> and <c>bn2</c>, in bottlenecks <c>conv3</c> and <c>bn3</c>, and where the shape changes
    /// <c>downsample.0</c> and <c>downsample.1</c>, or <c>downsample.0</c> alone for the normalization of an identity shortcut; <c>fc</c>
    /// behind the average over pixels, or <c>fc1</c>, <c>fc2</c> and so on with neurons between them. Kernels are square and padded by half
    /// their size. Neurons of BrainCog have a <c>threshold</c> of their own: <c>node1</c> behind <c>bn1</c>, in blocks as at the top, and
    /// <c>node2</c> behind <c>fc1</c>. tdBN of both is a batch normalization whose weight already has alpha and the threshold in it. Scores
    /// are the softmax of the output averaged over the time steps.
    /// <code>
    /// PyTorchImport import = PyTorchNetwork.Load("weights.pt", new() { InputShape = [3, 32, 32], Tau = 2, Threshold = 1 });
    /// </code>
    /// </remarks>
    /// <param name="path">Path of the file.</param>
    /// <param name="options">What it does not tell.</param>
    /// <exception cref="ArgumentException">
    /// The path is empty, or the options do not go together, or not with the network in the file.
    /// </exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, holds more than tensors, or tensors of another network; the message names them.
    /// </exception>
    public static PyTorchImport Load(string path, PyTorchNetworkOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        using FileStream file = File.OpenRead(path);
        try
        {
            bool isZip = file.ReadByte() == 'P' && file.ReadByte() == 'K';
            file.Position = 0;
            if (!isZip)
                return Map(SafetensorsFile.Read(file), options);
            using var archive = new ZipArchive(file, ZipArchiveMode.Read);
            return Map(TorchArchive.Read(archive, file.Length), options);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}': {e.Message}", e);
        }
    }

    private static PyTorchImport Map(IReadOnlyList<NamedTensor> tensors, PyTorchNetworkOptions options)
    {
        var mapping = new SpikingResNetMapping(tensors, options);
        return new(new SpikingNetwork(mapping.Map()), mapping.Report);
    }
}
