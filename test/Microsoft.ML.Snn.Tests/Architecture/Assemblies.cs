using System.Reflection;

namespace Microsoft.ML.Snn.Tests.Architecture;

/// <summary>What each assembly may know, as the compiled assembly says it.</summary>
public class Assemblies
{
    private static readonly Assembly _engine = typeof(SpikingNetwork).Assembly, _events = typeof(PolarityEvent).Assembly,
        _interchange = typeof(SpikingNetworkInterchange).Assembly, _library = typeof(SpikingResNetTrainer).Assembly, _mpi = typeof(MpiCommunicator).Assembly;

    [Fact]
    public void The_engine_knows_nothing_but_NET() =>
        Assert.All(_engine.GetReferencedAssemblies(), reference => Assert.StartsWith("System.", reference.Name));

    [Fact]
    public void Events_know_the_engine_and_what_files_are_packed_with() => Assert.Equal(
        ["Google.FlatBuffers", "K4os.Compression.LZ4.Streams", "Microsoft.ML.Snn.Engine", "ZstdSharp"],
        Names(_events).Where(name => !name.StartsWith("System.", StringComparison.Ordinal) && name != "K4os.Compression.LZ4").Order(StringComparer.Ordinal));

    [Fact]
    public void Interchange_knows_the_engine_protocol_buffers_and_HDF5() => Assert.Equal(
        ["Google.Protobuf", "Microsoft.ML.Snn.Engine", "PureHDF"],
        Names(_interchange).Where(name => !name.StartsWith("System.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    [Fact]
    public void Mpi_knows_the_library_and_NET() => Assert.Equal(
        ["Microsoft.ML.Snn"], Names(_mpi).Where(name => !name.StartsWith("System.", StringComparison.Ordinal)));

    [Fact]
    public void The_library_knows_the_engine_and_not_the_other_way_round()
    {
        Assert.NotSame(_engine, _library);
        Assert.Contains(_engine.GetName().Name, Names(_library));
        Assert.Contains(_events.GetName().Name, Names(_library));
    }

    [Fact]
    public void Public_types_share_two_namespaces()
    {
        Assert.All(
            [.. _engine.GetExportedTypes(), .. _events.GetExportedTypes(), .. _interchange.GetExportedTypes(), .. _mpi.GetExportedTypes()],
            type => Assert.Equal("Microsoft.ML.Snn", type.Namespace));
        Assert.All(_library.GetExportedTypes(), type => Assert.Equal(type.Name == nameof(SnnCatalog) ? "Microsoft.ML" : "Microsoft.ML.Snn", type.Namespace));
    }

    [Fact]
    public void The_engine_and_events_can_be_trimmed_and_compiled_ahead_of_time() => Assert.All((Assembly[])[_engine, _events], assembly =>
        Assert.Contains(assembly.GetCustomAttributes<AssemblyMetadataAttribute>(), data => data is { Key: "IsTrimmable", Value: "True" }));

    private static IEnumerable<string> Names(Assembly assembly) => assembly.GetReferencedAssemblies().Select(reference => reference.Name!);
}
