using System.Text.Json;
using System.Xml.Linq;

namespace Microsoft.ML.Snn.Tests.Build;

/// <summary>The lock files are those of the packages that the projects ask for: <c>build/lock-packages.sh</c> writes them.</summary>
public class LockFiles
{
    private static readonly string[] _platforms = ["linux-x64", "osx-arm64", "win-x64"];

    public static TheoryData<string> Projects => [.. new[] { "build", "src", "test" }
        .SelectMany(folder => Directory.EnumerateFiles(Repository.Path(folder), "*.csproj", SearchOption.AllDirectories))
        .Where(project => !File.ReadAllText(project).Contains("<LockPackages>false</LockPackages>", StringComparison.Ordinal))
        .Select(project => Path.GetRelativePath(Repository.Root, project))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_has_one_or_one_for_each_platform_of_libtorch(string project)
    {
        string[] expected = File.ReadAllText(Repository.Path(project)).Contains("Training.props", StringComparison.Ordinal)
            ? [.. _platforms.Select(platform => $"packages.{platform}.lock.json")]
            : ["packages.lock.json"];
        string[] found = [.. LockFilesOf(project).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Assert.Equal(expected, found);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void They_name_the_versions_that_are_asked_for_and_a_hash_of_each_package(string project)
    {
        Dictionary<string, string> versions = Versions(project);
        foreach (string file in LockFilesOf(project))
        {
            using JsonDocument locked = JsonDocument.Parse(File.ReadAllText(file));
            JsonProperty[] packages = [.. locked.RootElement.GetProperty("dependencies").EnumerateObject()
                .SelectMany(framework => framework.Value.EnumerateObject())
                .Where(package => package.Value.GetProperty("type").GetString() != "Project")];
            Assert.All(packages, package => Assert.Equal(88, package.Value.GetProperty("contentHash").GetString()!.Length));
            foreach (JsonProperty package in packages.Where(package => versions.ContainsKey(package.Name)))
                Assert.Equal((file, package.Name, versions[package.Name]), (file, package.Name, package.Value.GetProperty("resolved").GetString()!));

            string[] asked = [.. XDocument.Load(Repository.Path(project)).Descendants("PackageReference")
                .Select(reference => (string)reference.Attribute("Include")!)];
            Assert.Subset(packages.Select(package => package.Name).ToHashSet(), asked.ToHashSet());
        }
    }

    private static string[] LockFilesOf(string project) =>
        Directory.GetFiles(Path.GetDirectoryName(Repository.Path(project))!, "packages*.lock.json");

    /// <summary>The central versions, but for those that the project overrides.</summary>
    private static Dictionary<string, string> Versions(string project)
    {
        XDocument central = XDocument.Load(Repository.Path("Directory.Packages.props"));
        Dictionary<string, string> properties = central.Descendants("PropertyGroup").Elements()
            .ToDictionary(property => $"$({property.Name.LocalName})", property => property.Value);
        Dictionary<string, string> versions = central.Descendants("PackageVersion")
            .ToDictionary(version => (string)version.Attribute("Include")!, version => Value((string)version.Attribute("Version")!));
        foreach (XElement reference in XDocument.Load(Repository.Path(project)).Descendants("PackageReference"))
        {
            if ((string?)reference.Attribute("VersionOverride") is { } version)
                versions[(string)reference.Attribute("Include")!] = Value(version);
        }
        return versions;

        string Value(string text) => properties.GetValueOrDefault(text.Trim('[', ']')) ?? text.Trim('[', ']');
    }
}
