namespace Microsoft.ML.Snn.Tests.Package;

/// <summary>
/// Two apps outside the repository that get the library from a folder feed beside the machine's own feeds: one trains, one scores.
/// </summary>
public sealed class AppsOnThePackage(PackedLibrary packed) : IAsyncLifetime
{
    private const string Runtime = "linux-x64";

    // The training app's natives have half a gigabyte.
    internal const string Link = "-p:CreateHardLinksForCopyFilesToOutputDirectoryIfPossible=true;CreateHardLinksForCopyLocalIfPossible=true;"
        + "CreateHardLinksForPublishFilesIfPossible=true";

    public static bool Supported => OperatingSystem.IsLinux() && Environment.Is64BitProcess
        && System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64;

    public string TrainingFolder => Path.Combine(packed.Folder, "Training");

    public string ScoringFolder => Path.Combine(packed.Folder, "Scoring");

    /// <summary>The lines that the two apps print.</summary>
    public string[] TrainingOutput { get; private set; } = [];

    public string[] ScoringOutput { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        if (!Supported)
            return;
        string library = packed.ReadSpecification().Elements().Single(element => element.Name.LocalName == "version").Value;
        await WriteApp(TrainingFolder, "Training", [("Microsoft.ML.Snn", library), ("Microsoft.ML.ImageAnalytics", "5.0.1"),
            ("TorchSharp", "0.107.0"), ("libtorch-cpu-linux-x64", "2.10.0")]);
        await WriteApp(ScoringFolder, "Scoring", [("Microsoft.ML.Snn", library), ("Microsoft.ML.ImageAnalytics", "5.0.1")]);

        string model = Path.Combine(packed.Folder, "model.zip");
        await ChildProcess.RunAsync(TrainingFolder, "dotnet", "build", "-c", "Release", Link);
        TrainingOutput = await RunApp(TrainingFolder, "Training", model);
        await ChildProcess.RunAsync(ScoringFolder, "dotnet", "publish", "-c", "Release", Link);
        ScoringOutput = await RunApp(ScoringFolder, "Scoring", model);
        foreach (string folder in (string[])[TrainingFolder, ScoringFolder])
            await ChildProcess.RunAsync(folder, "dotnet", "publish", "-c", "Release", "-r", Runtime, "--self-contained", "false", Link);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task WriteApp(string folder, string name, (string Id, string Version)[] packages)
    {
        Directory.CreateDirectory(folder);
        foreach (string source in (string[])[name, "Pictures"])
            File.Copy(Repository.Path($"test/Microsoft.ML.Snn.Tests/Package/Apps/{source}.cs"), Path.Combine(folder, $"{source}.cs"));
        await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <!-- A mirror may lack a version that ImageAnalytics asks for and give the next. -->
                <WarningsNotAsErrors>NU1603</WarningsNotAsErrors>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                {string.Concat(packages.Select(package => $"<PackageReference Include=\"{package.Id}\" Version=\"{package.Version}\" />"))}
              </ItemGroup>
            </Project>
            """);
    }

    private static async Task<string[]> RunApp(string folder, string name, string model)
    {
        string output = await ChildProcess.RunAsync(folder, Path.Combine(folder, "bin", "Release", "net10.0", name), model);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
