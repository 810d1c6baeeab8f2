using System.Globalization;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>
/// A NIR graph run by <c>nir_interpreter.py</c>, which knows NIR's equations and nothing of this library; tests skip where Python has no
/// h5py and NumPy.
/// </summary>
internal sealed class NirInterpreter
{
    private const string Script = "test/Microsoft.ML.Snn.Tests/Interchange/nir_interpreter.py";

    private readonly Dictionary<string, byte[]> _spikes;
    private readonly int _rows, _steps;

    private NirInterpreter(Dictionary<string, byte[]> spikes, double[] output, int rows, int steps) =>
        (_spikes, Output, _rows, _steps) = (spikes, output, rows, steps);

    /// <summary>The nodes that spike.</summary>
    public IReadOnlyCollection<string> Neurons => _spikes.Keys;

    /// <summary>[rows, steps, outputs]</summary>
    public double[] Output { get; }

    /// <param name="graph">The file.</param>
    /// <param name="features">Rows.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="steps">T.</param>
    /// <param name="hasSteps">Whether a row has a sample for each step.</param>
    /// <param name="timeStep">dt.</param>
    /// <param name="subtracts">Whether a spike subtracts the threshold.</param>
    public static NirInterpreter Run(
        byte[] graph, float[] features, int rows, int steps, bool hasSteps, double timeStep, bool subtracts = false)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("graph.nir"), graph);
        File.WriteAllBytes(folder.File("features.f32"), MemoryMarshal.AsBytes<float>(features));
        string output = Directory.CreateDirectory(folder.File("output")).FullName;
        string[] arguments =
        [
            Repository.Path(Script), folder.File("graph.nir"), folder.File("features.f32"), $"{rows}", $"{steps}", hasSteps ? "1" : "0",
            timeStep.ToString("R", CultureInfo.InvariantCulture), output, .. subtracts ? ["subtract"] : Array.Empty<string>(),
        ];
        Assert.SkipUnless(PythonProgram.Run(arguments), "No Python with h5py and NumPy.");
        return new(
            Directory.EnumerateFiles(output, "*.u8").ToDictionary(file => Path.GetFileNameWithoutExtension(file)!, File.ReadAllBytes),
            MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(Path.Combine(output, "output.f64"))).ToArray(), rows, steps);
    }

    /// <summary>The spikes of a node in a step of a row, in the order [C, H, W].</summary>
    public byte[] Spikes(string neurons, int row, int step)
    {
        byte[] all = _spikes[neurons];
        int length = all.Length / (_rows * _steps);
        return all[((row * _steps + step) * length)..((row * _steps + step + 1) * length)];
    }
}
