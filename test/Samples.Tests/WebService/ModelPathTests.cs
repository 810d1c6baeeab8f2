using Samples.Tests.TrainingAndScoring;
using WebApp.Models;

namespace Samples.Tests.WebService;

public sealed class ModelPathTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("snnml-model-path-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_first_folder_that_has_the_file_is_taken_and_the_file_may_come_later()
    {
        string first = Path.Combine(_folder, "first"), second = Path.Combine(_folder, "second");
        var path = new ModelPath(Path.Combine("models", "model.zip"), [first, second]);
        Assert.Equal(Path.Combine(first, "models", "model.zip"), path.Locate());
        Assert.Equal(Put(second), path.Locate());
        Assert.Equal(Put(first), path.Locate());
        string absolute = Path.Combine(_folder, "model.zip");
        Assert.Equal(absolute, new ModelPath(absolute, [first, second]).Locate());

        static string Put(string folder)
        {
            string file = Path.Combine(folder, "models", "model.zip");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, "");
            return file;
        }
    }

    [Fact]
    public void The_folders_above_the_program_are_looked_through()
    {
        // The tests lie in the repository, as the service does.
        string relative = Path.Combine("src", "Samples", "WebApp", "WebApp.csproj");
        Assert.Equal(Path.Combine(Sample.Root, relative), ModelPath.FromSettings(relative).Locate());
    }
}
