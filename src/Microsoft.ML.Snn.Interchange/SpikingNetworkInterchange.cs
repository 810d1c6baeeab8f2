using Google.Protobuf;
using Microsoft.ML.Snn.Engine.Format;
using Microsoft.ML.Snn.Interchange.Onnx;

namespace Microsoft.ML.Snn;

/// <summary>Spiking networks for other tools.</summary>
public static partial class SpikingNetworkInterchange
{
    /// <summary>
    /// Writes the network as an ONNX model (IR version 8, operator set 17), for ONNX Runtime and what else runs such models.
    /// </summary>
    /// <remarks>
    /// <para>
    /// The input is <c>Features</c>, float32: what the pipeline would have computed, after <c>ExtractPixels</c> raw values 0 to 255;
    /// or <c>Pixels</c>, uint8, with <see cref="OnnxInputLayout.Pixels"/>, after which the model does what <c>ExtractPixels</c> would.
    /// The number of rows N is free. The output is <c>Score</c>, [N, classes]: the softmax of the output averaged over all time steps.
    /// In the form <see cref="OnnxGraphForm.Step"/> it is <c>Logits</c>, [N, classes], of that step alone, and for each layer of
    /// neurons there are an input <c>layer.membrane</c> and an output <c>layer.membrane.next</c>, [N, C, H, W]: the membrane
    /// potentials after the reset, 0 before the first step.
    /// </para>
    /// <para>
    /// Float32 sums round in the order of the runtime, so that scores differ from the engine's in the last bits, and a neuron whose
    /// membrane potential is that near its threshold may fire in one and not in the other. With 8-bit weights and
    /// <see cref="OnnxExportOptions.UseIntegers"/> membrane potentials and spikes are the engine's own. Class names and the number of
    /// time steps are in the model's metadata (<c>class_labels</c>, a JSON array, and <c>time_steps</c>).
    /// </para>
    /// <code>
    /// network.SaveOnnx("model.onnx");
    /// network.SaveOnnx("step.onnx", new OnnxExportOptions { Form = OnnxGraphForm.Step, InputLayout = OnnxInputLayout.Map });
    /// network.SaveOnnx("pictures.onnx", new OnnxExportOptions { InputLayout = OnnxInputLayout.Pixels() });
    /// </code>
    /// </remarks>
    /// <param name="network">The network to write.</param>
    /// <param name="path">Path of the model; a file that is there is replaced as soon as the new one is complete.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="NotSupportedException">
    /// The model would be larger than the 2 GB of an ONNX file, or have more than 100,000 nodes, or is asked to take pictures, which the
    /// network's input is not; the message says what to do.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, is a folder or, on Windows, stays open.</exception>
    public static void SaveOnnx(this SpikingNetwork network, string path) => network.SaveOnnx(path, new OnnxExportOptions());

    /// <summary>Writes the network as an ONNX model, in the form and with the input that the options say.</summary>
    /// <param name="network">The network to write.</param>
    /// <param name="path">Path of the model; a file that is there is replaced as soon as the new one is complete.</param>
    /// <param name="options">Form and input.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="NotSupportedException">The model would be too large or cannot take pictures, as above.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, is a folder or, on Windows, stays open.</exception>
    public static void SaveOnnx(this SpikingNetwork network, string path, OnnxExportOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        // Before a file is begun: what cannot be exported leaves none.
        ModelProto model = Export(network, options);
        CompletedFile.Write(path, stream => model.WriteTo(stream));
    }

    /// <summary>Writes the network as an ONNX model to a stream, which is left open.</summary>
    /// <param name="network">The network to write.</param>
    /// <param name="stream">Takes the model.</param>
    /// <exception cref="NotSupportedException">The model would be too large or cannot take pictures, as above.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void SaveOnnx(this SpikingNetwork network, Stream stream) => network.SaveOnnx(stream, new OnnxExportOptions());

    /// <summary>
    /// Writes the network as an ONNX model, in the form and with the input that the options say, to a stream, which is left open.
    /// </summary>
    /// <param name="network">The network to write.</param>
    /// <param name="stream">Takes the model.</param>
    /// <param name="options">Form and input.</param>
    /// <exception cref="NotSupportedException">The model would be too large or cannot take pictures, as above.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void SaveOnnx(this SpikingNetwork network, Stream stream, OnnxExportOptions options)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Export(network, options).WriteTo(stream);
    }

    private static ModelProto Export(SpikingNetwork network, OnnxExportOptions options)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        return new NetworkExport(network.ToGraph(), options).Write();
    }
}
