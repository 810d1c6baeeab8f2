namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>A folder with recordings that a test wrote; gone when the test is.</summary>
internal sealed class RecordingFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("snnml-events").FullName;

    /// <summary>Writes a file and gives its name.</summary>
    public string Write(string name, byte[] content)
    {
        File.WriteAllBytes(System.IO.Path.Combine(Path, name), content);
        return name;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
