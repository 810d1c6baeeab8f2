using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace SnnMl.Build;

/// <summary>MSBuild task: writes a copy of each assembly with its internals opened (<see cref="AccessOpener"/>).</summary>
public sealed class OpenInternals : Microsoft.Build.Utilities.Task
{
    /// <summary>The assemblies to open; they are not touched.</summary>
    [Required]
    public ITaskItem[] Assemblies { get; set; } = [];

    /// <summary>Where the copies go.</summary>
    [Required]
    public string OutputFolder { get; set; } = "";

    /// <summary>The copies.</summary>
    [Output]
    public ITaskItem[] Opened { get; set; } = [];

    /// <inheritdoc/>
    public override bool Execute()
    {
        Directory.CreateDirectory(OutputFolder);
        Opened = Array.ConvertAll(Assemblies, assembly =>
        {
            string copy = Path.Combine(OutputFolder, Path.GetFileName(assembly.ItemSpec));
            byte[] opened = AccessOpener.Open(File.ReadAllBytes(assembly.ItemSpec));
            // An unchanged file keeps its time stamp, so that incremental builds stay incremental.
            if (!File.Exists(copy) || !opened.AsSpan().SequenceEqual(File.ReadAllBytes(copy)))
                File.WriteAllBytes(copy, opened);
            return (ITaskItem)new TaskItem(copy);
        });
        return true;
    }
}
