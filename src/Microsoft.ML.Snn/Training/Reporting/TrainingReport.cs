using System.Text;
using Microsoft.ML.Snn.Training.Checkpoints;

namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>A report's file: a browser that reads it at any time finds a complete page.</summary>
internal sealed class TrainingReport
{
    private readonly string _path;

    /// <param name="path">Its folder is made.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, or is a folder.</exception>
    public TrainingReport(string path)
    {
        _path = Path.GetFullPath(path);
        if (Directory.Exists(_path) || Path.GetDirectoryName(_path) is not { } folder)
            throw new IOException("It is a folder.");
        WholeFile.CheckFolder(folder);
    }

    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Write(RunFacts facts, TrainingHistory history, RunState state) => WholeFile.Write(
        _path, file => file.Write(Encoding.UTF8.GetBytes(ReportPage.Of(facts, history, state, DateTimeOffset.UtcNow).ToString())));
}
