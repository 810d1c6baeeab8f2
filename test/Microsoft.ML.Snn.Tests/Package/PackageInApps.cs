using Microsoft.ML.Snn.Tests.Speed;
using SnnMl.Build;

namespace Microsoft.ML.Snn.Tests.Package;

[Slow]
[Collection(PackageCollection.Name)]
public class PackageInApps(AppsOnThePackage apps) : IClassFixture<AppsOnThePackage>
{
    private const string Elsewhere = "Needs Linux on x64: the apps reference libtorch-cpu-linux-x64.";

    /// <summary>Native files of TorchSharp and of libtorch, on Linux and elsewhere.</summary>
    private static readonly string[] _torch = ["LibTorchSharp", "torch", "c10", "libgomp", "mkl", "cuda", "cudnn", "libiomp"];

    [Fact(SkipUnless = nameof(AppsOnThePackage.Supported), SkipType = typeof(AppsOnThePackage), Skip = Elsewhere)]
    public void The_app_that_scores_answers_as_the_app_that_trained_to_the_last_bit()
    {
        string[] expected = apps.TrainingOutput[1..];
        Assert.Equal(24, expected.Length);
        Assert.True(expected.Distinct().Count() > 12, "the pictures differ, so their scores do");
        Assert.Equal(expected, apps.ScoringOutput[..24]);
    }

    [Fact(SkipUnless = nameof(AppsOnThePackage.Supported), SkipType = typeof(AppsOnThePackage), Skip = Elsewhere)]
    public void The_app_that_trains_loads_the_mended_library_from_its_own_folder()
    {
        string loaded = apps.TrainingOutput[0];
        Assert.StartsWith(Path.Combine(apps.TrainingFolder, "bin"), loaded);
        AssertMended(loaded);
    }

    [Fact(SkipUnless = nameof(AppsOnThePackage.Supported), SkipType = typeof(AppsOnThePackage), Skip = Elsewhere)]
    public void The_library_is_mended_in_every_output()
    {
        string[] copies = Directory.GetFiles(
            Path.Combine(apps.TrainingFolder, "bin"), "libLibTorchSharp.so", SearchOption.AllDirectories);
        Assert.Equal(3, copies.Length);     // build; build and publish for one runtime
        Assert.All(copies, AssertMended);
    }

    [Fact(SkipUnless = nameof(AppsOnThePackage.Supported), SkipType = typeof(AppsOnThePackage), Skip = Elsewhere)]
    public void The_app_that_scores_carries_no_native_file_of_TorchSharp()
    {
        string bin = Path.Combine(apps.ScoringFolder, "bin", "Release", "net10.0");
        string[] outputs = [bin, Path.Combine(bin, "publish"), Path.Combine(bin, "linux-x64"), Path.Combine(bin, "linux-x64", "publish")];
        Assert.All(outputs, output => Assert.True(File.Exists(Path.Combine(output, "Scoring.dll")), output));

        string[] natives = [.. Directory.EnumerateFiles(bin, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is not "TorchSharp.dll")
            .Where(file => _torch.Any(name => Path.GetFileName(file).Contains(name, StringComparison.OrdinalIgnoreCase)))];
        Assert.Empty(natives);
        long size = Directory.EnumerateFiles(outputs[1], "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        Assert.InRange(size, 1, 200_000_000);
    }

    [Fact(SkipUnless = nameof(AppsOnThePackage.Supported), SkipType = typeof(AppsOnThePackage), Skip = Elsewhere)]
    public void An_attempt_to_train_without_the_natives_names_the_packages_to_add()
    {
        string message = apps.ScoringOutput[^1];
        Assert.StartsWith("DllNotFoundException: ", message);
        Assert.Contains("TorchSharp, version 0.107.0, and libtorch-cpu-linux-x64", message);
        Assert.EndsWith("version 2.10.0. Scoring needs neither.", message.Split(" The inner exception")[0]);
    }

    [Fact(SkipUnless = nameof(AppsOnThePackage.Supported), SkipType = typeof(AppsOnThePackage), Skip = Elsewhere)]
    public void What_is_wrong_with_an_initial_network_is_told_without_the_natives()
    {
        string[] messages = apps.ScoringOutput[24..^1];
        Assert.Equal(3, messages.Length);
        Assert.StartsWith("FileNotFoundException: ", messages[0]);
        Assert.Contains("missing.zip", messages[0]);
        Assert.StartsWith("InvalidDataException: ", messages[1]);
        Assert.StartsWith("ArgumentOutOfRangeException: The network of the option InitialNetwork does not suit", messages[2]);
    }

    private static void AssertMended(string path) => Assert.False(NativeLibraryMend.Apply(File.ReadAllBytes(path)), path);
}
