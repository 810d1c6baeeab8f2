namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>
/// Files that h5py wrote, in both forms of groups and with few or many links in them: what leads elsewhere is refused, all else is read.
/// Tests skip where Python has no h5py.
/// </summary>
public sealed class NirElsewhere : IClassFixture<NirElsewhere.Files>
{
    private readonly Files _files;

    public NirElsewhere(Files files) => _files = files;

    public static TheoryData<string, string> Forms =>
        new(from form in (string[])["old", "new"] from count in (string[])["few", "many"] select (form, count));

    [Theory]
    [MemberData(nameof(Forms))]
    public void Groups_of_all_forms_are_read_where_nothing_leads_elsewhere(string form, string count)
    {
        SpikingNetwork network = NirNetwork.Load(_files.Path($"{form}_{count}_here.nir"), new() { TimeSteps = 2, TimeStep = 0.5 });
        // 1 - dt / tau
        Assert.Equal([0.5f], network.Layers.Single(layer => layer.Name == "n").Decay!.Distinct());
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void What_leads_elsewhere_is_refused(string form, string count)
    {
        Refused("Node n has a link to another place", "soft");
        Refused("Node n has a link to another place", "external");
        Refused("Node n has a link to another place", "circle");
        Refused("nodes has a link to another place", "soft_group");
        Refused("nodes has a link to another place", "external_group");
        Refused("'tau' of node n has its values in other files", "raw");
        Refused("'tau' of node n has its values in other files", "virtual");

        void Refused(string message, string kind)
        {
            string path = _files.Path($"{form}_{count}_{kind}.nir");
            var refusal = Assert.Throws<NotSupportedException>(() => NirNetwork.Load(path, new() { TimeSteps = 2, TimeStep = 0.5 }));
            Assert.Contains(message, refusal.Message);
        }
    }

    /// <summary>The files, written once.</summary>
    public sealed class Files : IDisposable
    {
        private const string Script = "test/Microsoft.ML.Snn.Tests/Interchange/nir_links.py";

        private readonly TemporaryFolder _folder = new();
        private readonly bool _exist;

        public Files()
        {
            File.WriteAllBytes(_folder.File("graph.nir"), new NirGraphWriter(seed: 1)
                .Input(2).Lif("n", tau: new float[] { 1 }, r: 1f, threshold: 0.5f).Affine("a", 2).Output().Write());
            _exist = PythonProgram.Run(Repository.Path(Script), _folder.File("graph.nir"), _folder.Path);
        }

        public string Path(string name)
        {
            Assert.SkipUnless(_exist, "No Python with h5py.");
            return _folder.File(name);
        }

        public void Dispose() => _folder.Dispose();
    }
}
