using System.Text.Json;
using Microsoft.ML.Snn.Tests.Package;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Build;

/// <summary>Which libtorch an app that trains gets: that of the platform it is built for, wherever it is built.</summary>
[Slow]
public class LibtorchOfAPlatform
{
    [Theory]
    [InlineData("linux-x64", "libtorch-cpu-linux-x64")]
    [InlineData("win-x64", "libtorch-cpu-win-x64")]
    [InlineData("osx-arm64", "libtorch-cpu-osx-arm64")]
    [InlineData("linux-arm64", null)]
    [InlineData("win-x86", null)]
    public async Task Follows_the_runtime_identifier(string platform, string? package) =>
        Assert.Equal(package is null ? [] : [package], await Packages($"-p:RuntimeIdentifier={platform}"));

    [Fact]
    public async Task Is_this_machines_without_one()
    {
        Assert.SkipUnless(AppsOnThePackage.Supported, "Linux on x64 is what is known here.");
        Assert.Equal(["libtorch-cpu-linux-x64"], await Packages());
    }

    private static async Task<string[]> Packages(params string[] properties)
    {
        string answer = await ChildProcess.RunAsync(
            Repository.Root, "dotnet", ["msbuild", "src/Samples/TrainAndScore", "-getItem:PackageReference", .. properties]);
        using JsonDocument items = JsonDocument.Parse(answer);
        return [.. items.RootElement.GetProperty("Items").GetProperty("PackageReference").EnumerateArray()
            .Select(item => item.GetProperty("Identity").GetString()!).Where(id => id.StartsWith("libtorch", StringComparison.Ordinal))];
    }
}
