using System.IO.Compression;
using System.Xml.Linq;
using Microsoft.ML.Snn.Tests.Package;
using Microsoft.ML.Snn.Tests.Speed;
using SnnMl.Build;

namespace Microsoft.ML.Snn.Tests.Build;

/// <summary>A fresh copy of the sources, in which no earlier build has left the build's own tasks.</summary>
[Slow]
public sealed class OutputFolder : IDisposable
{
    private static readonly string[] _parts =
        ["build", "src/Microsoft.ML.Snn", "src/Microsoft.ML.Snn.Engine", "src/Microsoft.ML.Snn.Events", "src/Samples/Quickstart", "src/Samples/Shapes"];

    private readonly TemporaryFolder _folder = new();

    public OutputFolder()
    {
        IEnumerable<string> files = Directory.EnumerateFiles(Repository.Root, "Directory.*")
            .Concat([Repository.Path("NuGet.config"), Repository.Path("global.json"), Repository.Path("README.md")])
            .Concat(_parts.SelectMany(part => Directory.EnumerateFiles(Repository.Path(part), "*", SearchOption.AllDirectories)));
        foreach (string file in files)
        {
            string relative = Path.GetRelativePath(Repository.Root, file);
            if (relative.Split(Path.DirectorySeparatorChar) is { } names && (names.Contains("bin") || names.Contains("obj")))
                continue;
            string copy = _folder.File(relative);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_app_is_built_into_any_folder_and_the_tasks_of_the_build_stay_out_of_it()
    {
        await ChildProcess.RunAsync(
            _folder.Path, "dotnet", "build", "src/Samples/Quickstart", "-c", "Release", "-o", _folder.File("out"), AppsOnThePackage.Link);
        string[] files = [.. Directory.EnumerateFiles(_folder.File("out"), "*", SearchOption.AllDirectories)];
        string[] names = [.. files.Select(file => Path.GetFileName(file))];
        Assert.Contains("Quickstart.dll", names);
        Assert.Contains("Microsoft.ML.Snn.dll", names);
        Assert.DoesNotContain(
            names, name => name.StartsWith("MendTorchSharp") || name.StartsWith("Mono.Cecil") || name.StartsWith("OpenInternals"));
        Assert.Null(ManagedLibraryMend.Apply(File.ReadAllBytes(files.Single(file => Path.GetFileName(file) == "TorchSharp.dll"))));
        Assert.All(
            files.Where(file => Path.GetFileName(file) == "libLibTorchSharp.so"),
            file => Assert.False(NativeLibraryMend.Apply(File.ReadAllBytes(file)), file));
    }

    [Fact]
    public async Task Another_prefix_gives_packages_that_name_each_other_by_it()
    {
        await ChildProcess.RunAsync(
            _folder.Path, "dotnet", "pack", "src/Microsoft.ML.Snn", "-c", "Release", "-o", _folder.File("out"), "-p:PackageIdPrefix=Contoso.");
        using ZipArchive package = ZipFile.OpenRead(_folder.File($"out/Contoso.ML.Snn.{PackedLibrary.Version}.nupkg"));
        Assert.Contains(package.Entries, entry => entry.FullName == "buildTransitive/Contoso.ML.Snn.targets");
        Assert.Contains(package.Entries, entry => entry.FullName == "lib/net10.0/Microsoft.ML.Snn.dll");
        using Stream specification = package.GetEntry("Contoso.ML.Snn.nuspec")!.Open();
        string[] dependencies = [.. XDocument.Load(specification).Descendants()
            .Where(element => element.Name.LocalName == "dependency").Select(element => (string)element.Attribute("id")!)];
        Assert.Contains("Contoso.ML.Snn.Engine", dependencies);
        Assert.Contains("Contoso.ML.Snn.Events", dependencies);
        Assert.Contains("Microsoft.ML", dependencies);
    }
}
