using System.IO.Compression;
using System.Xml.Linq;

namespace Microsoft.ML.Snn.Tests.Package;

/// <summary>
/// The library as <c>dotnet pack</c> makes it, in a folder that serves as a feed. Made once for all tests of the package.
/// </summary>
public sealed class PackedLibrary : IAsyncLifetime
{
#if DEBUG
    private static readonly string[] _build = [];
#else
    private static readonly string[] _build = ["--no-build"];
#endif

    /// <summary>A folder outside the repository, deleted at the end.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("snnml-package-").FullName;

    /// <summary>The packages, each after those that it depends on.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["Microsoft.ML.Snn.Engine", "Microsoft.ML.Snn.Events", "Microsoft.ML.Snn.Events.Hdf5", "Microsoft.ML.Snn.Interchange", "Microsoft.ML.Snn",
            "Microsoft.ML.Snn.Mpi"];

    /// <summary>Of all packages.</summary>
    public static string Version => typeof(SpikingNetwork).Assembly.GetName().Version!.ToString(3);

    public string Feed => Path.Combine(Folder, "feed");

    /// <summary>Packs into a folder what is already built or, in a test run of the debug configuration, builds it first.</summary>
    public static async Task PackAsync(string folder)
    {
        foreach (string name in Names)
            await ChildProcess.RunAsync(Repository.Root, "dotnet", ["pack", $"src/{name}", "-c", "Release", "-o", folder, .. _build]);
    }

    public async ValueTask InitializeAsync()
    {
        await PackAsync(Feed);
        // For apps in folders below: the packages beside the machine's own feeds.
        string cache = (await ChildProcess.RunAsync(Folder, "dotnet", "nuget", "locals", "global-packages", "--list"))
            .Split("global-packages:")[^1].Trim();
        await File.WriteAllTextAsync(Path.Combine(Folder, "NuGet.config"), $"""
            <configuration>
              <config>
                <!-- The library's package must not stay behind on this machine; all others are there already. -->
                <add key="globalPackagesFolder" value="packages" />
              </config>
              <fallbackPackageFolders>
                <add key="machine" value="{cache}" />
              </fallbackPackageFolders>
              <packageSources>
                <add key="packed" value="{Feed}" />
              </packageSources>
            </configuration>
            """);
    }

    /// <summary>A package or, with the extension snupkg, that of its symbols.</summary>
    public ZipArchive Open(string extension = "nupkg", string name = "Microsoft.ML.Snn") =>
        ZipFile.OpenRead(Directory.EnumerateFiles(Feed, $"{name}.{Version}.{extension}").Single());

    public XElement ReadSpecification(string name = "Microsoft.ML.Snn")
    {
        using ZipArchive package = Open(name: name);
        using Stream file = package.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(file).Root!.Elements().Single();
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}

/// <summary>The tests that share one <see cref="PackedLibrary"/>.</summary>
[CollectionDefinition(Name)]
public sealed class PackageCollection : ICollectionFixture<PackedLibrary>
{
    public const string Name = "Package";
}
