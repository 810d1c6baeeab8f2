using System.Diagnostics;

namespace Samples.Tests.TrainingAndScoring;

/// <summary>NativeScore, published as native code: the same classes as the pipeline, from a process without .NET.</summary>
public sealed class NativeScoreTests(TrainedModel model, NativeScoreTests.Published published) : IClassFixture<NativeScoreTests.Published>
{
    [Fact]
    public void It_tells_the_classes_of_pictures_and_names_those_it_cannot_read()
    {
        var random = new Random(7);
        string[] pictures = [.. TrainedModel.Classes.Select(color => Write($"native-{color}.png", TrainedModel.Draw(color, random)))];
        string large = Write("large.png", TrainedModel.Draw("red", random, size: 2 * TrainedModel.Size)), text = Write("text.png", [1, 2, 3]);
        (int exitCode, string output) = published.Run([model.Path, .. pictures, large, text, "nowhere.png"]);
        Assert.Equal(1, exitCode);
        (_, string expected) = Sample.Run("ScoreOnly", [model.Path, .. pictures]);
        foreach (string line in expected.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Assert.Contains(line[..line.IndexOf(" (", StringComparison.Ordinal)], output);
        Assert.Contains($"'{large}' has 32 x 32 pixels", output);
        Assert.Contains($"'{text}' is missing or no picture", output);
        Assert.Contains("'nowhere.png' is missing or no picture", output);
    }

    [Fact]
    public void A_damaged_zip_is_named()
    {
        string zip = Write("damaged-native.zip", File.ReadAllBytes(model.Path)[..500]);
        (int exitCode, string output) = published.Run([zip, "picture.png"]);
        Assert.Equal(1, exitCode);
        Assert.Contains($"'{zip}': ", output);
        Assert.DoesNotContain("   at ", output);
    }

    [Fact]
    public void It_is_small_and_needs_no_file_of_dotnet()
    {
        published.SkipWhereMissing();
        string[] files = [.. Directory.EnumerateFiles(published.Folder).Select(file => Path.GetFileName(file)!)];
        Assert.DoesNotContain(files, file => file.EndsWith(".dll", StringComparison.Ordinal));
        Assert.DoesNotContain(files, file => file.Contains("torch", StringComparison.OrdinalIgnoreCase));
        Assert.InRange(new FileInfo(published.App).Length, 1 << 20, 12 << 20);
    }

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(model.Folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>The app, compiled to native code once.</summary>
    public sealed class Published : IDisposable
    {
        private readonly string? _missing = OperatingSystem.IsLinux()
            ? Find("clang") || Find("gcc") ? null : "Native code needs clang or gcc to link, and neither is here." : "Published on Linux only.";

        public Published()
        {
            if (_missing is not null)
                return;
            var source = new DirectoryInfo(Sample.Folder("NativeScore"));
            // The library is built already, and other tests use it at this moment.
            var start = new ProcessStartInfo("dotnet",
                ["publish", source.Parent!.Parent!.Parent!.FullName, "-c", source.Parent.Name, "-o", Folder, "-p:BuildProjectReferences=false"])
            {
                RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException(output);
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("snnml-native-").FullName;

        public string App => Path.Combine(Folder, "NativeScore");

        public void SkipWhereMissing() => Assert.SkipWhen(_missing is not null, _missing ?? "");

        public (int ExitCode, string Output) Run(string[] arguments)
        {
            SkipWhereMissing();
            var start = new ProcessStartInfo(App, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            // No .NET to be found.
            start.Environment["DOTNET_ROOT"] = Folder;
            using var process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + errors.Result);
        }

        public void Dispose() => Directory.Delete(Folder, recursive: true);

        private static bool Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));
    }
}
