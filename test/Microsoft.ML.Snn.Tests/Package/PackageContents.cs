using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Xml.Linq;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Package;

[Slow]
[Collection(PackageCollection.Name)]
public class PackageContents(PackedLibrary packed)
{
    [Fact]
    public void Files_are_complete()
    {
        using ZipArchive package = packed.Open();
        string[] files = [.. package.Entries.Select(entry => entry.FullName)];
        string[] expected =
        [
            "lib/net10.0/Microsoft.ML.Snn.dll", "lib/net10.0/Microsoft.ML.Snn.xml", "README.md", "icon.png",
            "buildTransitive/Microsoft.ML.Snn.targets", "buildTransitive/MendTorchSharp.dll",
            "buildTransitive/Mono.Cecil.dll", "buildTransitive/Mono.Cecil.Rocks.dll",
        ];
        Assert.Subset(files.ToHashSet(), expected.ToHashSet());
        Assert.Equal(4, files.Count(file => file.EndsWith(".dll", StringComparison.Ordinal)));
        Assert.Equal([0x89, .. "PNG"u8], ReadEntry(package, "icon.png")[..4]);
    }

    [Fact]
    public void Specification_tells_licence_icon_and_readme()
    {
        XElement specification = packed.ReadSpecification();
        Assert.Equal("Microsoft.ML.Snn", Value("id"));
        Assert.Equal("MIT", Value("license"));
        Assert.Equal("README.md", Value("readme"));
        Assert.Equal("icon.png", Value("icon"));
        Assert.NotEmpty(Value("description"));
        Assert.NotEmpty(Value("tags"));

        string Value(string name) => specification.Elements().Single(element => element.Name.LocalName == name).Value;
    }

    [Fact]
    public void Depends_on_one_version_of_MLNET_and_not_on_native_files_of_TorchSharp()
    {
        Dictionary<string, XElement> dependencies = packed.ReadSpecification().Descendants()
            .Where(element => element.Name.LocalName == "dependency").ToDictionary(element => (string)element.Attribute("id")!);
        Assert.Equal("[5.0.1]", (string?)dependencies["Microsoft.ML"].Attribute("version"));
        Assert.Contains("Native", ((string?)dependencies["TorchSharp"].Attribute("exclude"))!.Split(','));
        string[] unwanted = ["libtorch", "Microsoft.CodeAnalysis", "Microsoft.Build"];
        Assert.DoesNotContain(dependencies.Keys, id => unwanted.Any(start => id.StartsWith(start, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public void Each_package_depends_on_what_it_needs_and_no_more()
    {
        Assert.Empty(Dependencies("Microsoft.ML.Snn.Engine"));
        Assert.Equal(
            ["Google.FlatBuffers", "K4os.Compression.LZ4.Streams", "Microsoft.ML.Snn.Engine", "ZstdSharp.Port"], Dependencies("Microsoft.ML.Snn.Events"));
        // What the package of events needs is named again, since versions are pinned centrally.
        string[] events = [.. Dependencies("Microsoft.ML.Snn.Events").Append("Microsoft.ML.Snn.Events").Append("PureHDF")];
        Assert.Subset(events.ToHashSet(), Dependencies("Microsoft.ML.Snn.Events.Hdf5").ToHashSet());
        Assert.Contains("PureHDF", Dependencies("Microsoft.ML.Snn.Events.Hdf5"));
        Assert.Equal(["Google.Protobuf", "Microsoft.ML.Snn.Engine", "PureHDF"], Dependencies("Microsoft.ML.Snn.Interchange"));
        // Likewise what the library needs.
        Assert.Subset(
            Dependencies("Microsoft.ML.Snn").Append("Microsoft.ML.Snn").ToHashSet(), Dependencies("Microsoft.ML.Snn.Mpi").ToHashSet());
        Assert.Contains("Microsoft.ML.Snn", Dependencies("Microsoft.ML.Snn.Mpi"));
        string[] needed = ["Microsoft.ML", "Microsoft.ML.Snn.Engine", "Microsoft.ML.Snn.Events", "TorchSharp"];
        Assert.Subset(Dependencies("Microsoft.ML.Snn").ToHashSet(), needed.ToHashSet());
        foreach (string name in PackedLibrary.Names)
        {
            using ZipArchive package = packed.Open(name: name);
            string[] expected = [$"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml", "README.md", "icon.png"];
            Assert.Subset(package.Entries.Select(entry => entry.FullName).ToHashSet(), expected.ToHashSet());
        }

        IEnumerable<string> Dependencies(string name) => packed.ReadSpecification(name).Descendants()
            .Where(element => element.Name.LocalName == "dependency").Select(element => (string)element.Attribute("id")!)
            .Order(StringComparer.Ordinal);
    }

    [Fact]
    public void No_file_names_the_folder_it_was_built_in()
    {
        Assert.SkipUnless(
            Path.Exists(Repository.Path(".git")), "Sources are named from the root of a git clone, and this folder is not one.");
        byte[][] spellings = [Encoding.UTF8.GetBytes(Repository.Root), Encoding.Unicode.GetBytes(Repository.Root)];
        foreach (string extension in (string[])["nupkg", "snupkg"])
        {
            foreach (string name in PackedLibrary.Names)
            {
                using ZipArchive package = packed.Open(extension, name);
                foreach (ZipArchiveEntry entry in package.Entries)
                {
                    byte[] content = ReadEntry(package, entry.FullName);
                    Assert.All(spellings, spelling => Assert.True(content.AsSpan().IndexOf(spelling) < 0, entry.FullName));
                }
            }
        }
    }

    [Fact]
    public void Build_is_deterministic_and_its_symbols_are_those_of_the_library()
    {
        using ZipArchive package = packed.Open(), symbols = packed.Open("snupkg");
        using var library = new PEReader(new MemoryStream(ReadEntry(package, "lib/net10.0/Microsoft.ML.Snn.dll")));
        DebugDirectoryEntry[] debug = [.. library.ReadDebugDirectory()];
        Assert.Contains(debug, entry => entry.Type == DebugDirectoryEntryType.Reproducible);

        CodeViewDebugDirectoryData link = library.ReadCodeViewDebugDirectoryData(
            debug.Single(entry => entry.Type == DebugDirectoryEntryType.CodeView));
        using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(
            new MemoryStream(ReadEntry(symbols, "lib/net10.0/Microsoft.ML.Snn.pdb")));
        MetadataReader reader = provider.GetMetadataReader();
        Assert.Equal(link.Guid, new BlobContentId(reader.DebugMetadataHeader!.Id).Guid);
        Assert.Contains(reader.Documents, document =>
            reader.GetString(reader.GetDocument(document).Name).EndsWith("src/Microsoft.ML.Snn/SnnCatalog.cs", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Packing_again_gives_the_same_bytes()
    {
        string tools = (await ChildProcess.RunAsync(
            Repository.Root, "dotnet", "msbuild", "src/Microsoft.ML.Snn", "-getProperty:MSBuildToolsPath")).Trim();
        Assert.SkipUnless(
            File.ReadAllText(Path.Combine(tools, "NuGet.Build.Tasks.Pack.targets")).Contains("DeterministicTimestamp", StringComparison.Ordinal),
            "This SDK's pack command writes the time into packages.");
        string again = Path.Combine(packed.Folder, "again");
        await PackedLibrary.PackAsync(again);
        foreach (string first in Directory.EnumerateFiles(packed.Feed))
        {
            string second = Path.Combine(again, Path.GetFileName(first));
            Assert.True(File.ReadAllBytes(first).AsSpan().SequenceEqual(File.ReadAllBytes(second)), Path.GetFileName(first));
            using ZipArchive package = ZipFile.OpenRead(first);
            // Not merely packed within the same two seconds, in which zips count.
            Assert.All(package.Entries, entry => Assert.True(entry.LastWriteTime.Year < 2020, $"{entry.FullName}: {entry.LastWriteTime}"));
        }
    }

    private static byte[] ReadEntry(ZipArchive package, string name)
    {
        using Stream stream = package.GetEntry(name)!.Open();
        var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
