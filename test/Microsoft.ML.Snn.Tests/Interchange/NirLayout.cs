using System.ComponentModel;
using System.Diagnostics;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>
/// Exported files beside files that h5py wrote with the structure of NIR's own library, as the HDF Group's h5dump describes both. Needs
/// Debian's hdf5-tools and python3-h5py.
/// </summary>
public class NirLayout
{
    private const string Script = "test/Microsoft.ML.Snn.Tests/Interchange/nir_layout.py";

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Groups_names_types_and_shapes_are_those_of_NIRs_own_library(bool crops, bool leaksNothing)
    {
        NetworkGraph<float> graph = RandomGraphs.Create(new(3, 5, 7, 17, 3, 2, 4, false) { Crops = crops }, seed: 1);
        if (leaksNothing)
        {
            graph = graph with
            {
                Nodes = [.. graph.Nodes.Select(node => node is NeuronNode<float> neuron ? neuron with { Decay = [1] } : node)],
            };
        }
        using var folder = new TemporaryFolder();
        string file = folder.File("export.nir"), reference = folder.File("reference.nir");
        File.WriteAllBytes(file, NirFiles.Export(new(graph), new() { WriteMetadata = false }));
        Assert.SkipUnless(PythonProgram.Run(Repository.Path(Script), file, reference), "No Python with h5py.");
        string expected = Describe(reference);
        Assert.Equal(leaksNothing, !expected.Contains("\"v_leak\"", StringComparison.Ordinal));
        Assert.Contains("\"v_reset\"", expected);
        Assert.Equal(expected, Describe(file));
    }

    /// <summary>What h5dump says of a file's groups and datasets, but not of the file's name.</summary>
    private static string Describe(string path)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("h5dump", ["-H", path]) { RedirectStandardOutput = true })!;
            string[] lines = process.StandardOutput.ReadToEnd().Split('\n');
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            // How the end of a text is marked says nothing where each text has its length; h5py and PureHDF differ in it.
            return string.Join('\n', lines.Skip(1).Where(line => !line.Contains("STRPAD", StringComparison.Ordinal)));
        }
        catch (Win32Exception)
        {
            Assert.Skip("No h5dump.");
            return "";
        }
    }
}
