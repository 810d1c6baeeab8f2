using System.IO.Compression;
using SampleApp;

namespace Samples.Tests.TrainingAndScoring;

public sealed class DataArchiveTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("snnml-archive-").FullName;

    private string Zip => Path.Combine(_folder, "data.zip");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_is_taken_as_it_is() => Assert.Equal(_folder, DataArchive.ToFolder(_folder, "unused"));

    [Fact]
    public void A_zip_is_extracted_once_and_anew_when_it_has_changed()
    {
        Write("a/1.png");
        string extracted = Path.Combine(_folder, "extracted"), folder = DataArchive.ToFolder(Zip, extracted);
        string file = Path.Combine(folder, "a", "1.png");
        Assert.True(File.Exists(file));
        File.Delete(file);
        Assert.Equal(folder, DataArchive.ToFolder(Zip, extracted));
        Assert.False(File.Exists(file));

        Write("a/1.png", "a/2.png");
        folder = DataArchive.ToFolder(Zip, extracted);
        Assert.Equal(["1.png", "2.png"], Directory.GetFiles(Path.Combine(folder, "a")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void What_is_neither_is_named()
    {
        Assert.Contains("'nowhere'", Assert.Throws<UserException>(() => DataArchive.ToFolder("nowhere", _folder)).Message);
        File.WriteAllText(Zip, "no zip");
        Assert.Contains("data.zip", Assert.Throws<UserException>(() => DataArchive.ToFolder(Zip, _folder)).Message);
        // Nothing half done is taken for the whole by the next run.
        Assert.Throws<UserException>(() => DataArchive.ToFolder(Zip, _folder));
    }

    private void Write(params string[] entries)
    {
        File.Delete(Zip);
        using ZipArchive zip = ZipFile.Open(Zip, ZipArchiveMode.Create);
        foreach (string entry in entries)
            zip.CreateEntry(entry);
    }
}
