using System.Runtime.Versioning;
using Microsoft.ML.Snn.Tests.Speed;
using SampleApp;

namespace Samples.Tests.TrainingAndScoring;

/// <summary>That results cannot be written is told before the work that makes them.</summary>
public sealed class OutputPathTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("snnml-output-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_is_made_and_left_empty_and_files_of_an_earlier_run_stay_as_they_are()
    {
        string folder = In("a/b"), file = Path.Combine(folder, "model.zip");
        OutputPath.PrepareFolder(folder, "model.zip");
        Assert.Empty(Directory.GetFileSystemEntries(folder));
        File.WriteAllText(file, "earlier");
        DateTime time = File.GetLastWriteTimeUtc(file);
        OutputPath.PrepareFolder(folder, "model.zip");
        Assert.Equal("earlier", File.ReadAllText(file));
        Assert.Equal(time, File.GetLastWriteTimeUtc(file));
    }

    [Fact]
    public void What_stands_in_the_way_is_named()
    {
        File.WriteAllText(In("file"), "");
        AssertRefused(In("file"), In("file"));
        AssertRefused(In("file/below"), In("file"));
        AssertRefused("", "empty");
        Directory.CreateDirectory(In("out/model.zip"));
        AssertRefused(In("out"), $"'{In("out/model.zip")}' is a folder");
    }

    [Fact]
    public void A_file_system_that_takes_no_files_is_named()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self"), "There is no /proc, which not even an administrator can write.");
        AssertRefused("/proc", "'/proc'");
        AssertRefused("/proc/out", "'/proc/out'");
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_folder_or_file_without_permission_is_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Permissions do not bind this user.");
        string file = In("model.zip");
        File.WriteAllText(file, "earlier");
        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        AssertRefused(_folder, $"'{file}' cannot be replaced");
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        AssertRefused(_folder, $"into the folder '{_folder}'");
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Slow]
    [Theory]
    [InlineData("TrainAndScore", "out", "confusion.png")]
    [InlineData("TrainAndScore", "file", "")]
    [InlineData("EventCamera", "out", "recording.png")]
    [InlineData("EventCamera", "file", "")]
    public void Samples_that_train_tell_it_before_they_read_or_draw_anything(string sample, string output, string file)
    {
        File.WriteAllText(In("file"), "");
        Directory.CreateDirectory(In("out/recording.png"));
        Directory.CreateDirectory(In("out/confusion.png"));
        (int exitCode, string text) = Sample.Run(sample, ["--out", In(output)]);
        Assert.Equal(1, exitCode);
        Assert.Contains(Path.Combine(In(output), file), text);
        Assert.Equal(1, text.Trim().Count(character => character == '\n') + 1);
    }

    [Slow]
    [Fact]
    public void So_does_TrainAndScore_of_its_checkpoints()
    {
        File.WriteAllText(In("file"), "");
        (int exitCode, string text) = Sample.Run("TrainAndScore", ["--out", In("out"), "--checkpoints", In("file")]);
        Assert.Equal(1, exitCode);
        Assert.Contains($"into the folder '{In("file")}'", text);
        Assert.DoesNotContain("pictures to train on", text);
    }

    [Slow]
    [Theory]
    [InlineData("file/model.onnx", "into the folder '{0}/file'")]
    [InlineData("folder", "'{0}/folder' is a folder")]
    [InlineData("out/model.zip", "'{0}/out/model.zip' is where another result of this run goes")]
    public void And_of_its_ONNX_model(string path, string named)
    {
        File.WriteAllText(In("file"), "");
        Directory.CreateDirectory(In("folder"));
        (int exitCode, string text) = Sample.Run("TrainAndScore", ["--out", In("out"), "--onnx", In(path)]);
        Assert.Equal(1, exitCode);
        Assert.Contains(named.Replace("{0}", _folder), text.Replace('\\', '/'));
        Assert.DoesNotContain("pictures to train on", text);
        Assert.Equal(1, text.Trim().Count(character => character == '\n') + 1);
    }

    private string In(string name) => Path.Combine(_folder, name);

    private static void AssertRefused(string folder, string message) =>
        Assert.Contains(message, Assert.Throws<UserException>(() => OutputPath.PrepareFolder(folder, "model.zip")).Message);
}
