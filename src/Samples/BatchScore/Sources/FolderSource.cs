using BatchScore.Models;
using Microsoft.Win32.SafeHandles;

namespace BatchScore.Sources;

/// <summary>
/// The files of one kind in a folder at any depth, named by their paths in it: pictures, unless other extensions are given. Holds the names
/// of one folder at a time.
/// </summary>
internal sealed class FolderSource(string folder, IReadOnlySet<string>? extensions = null) : IPictureSource, IUnitSource
{
    // Of a unit: so many that a part's file is not tiny, so few that little is lost with a task.
    private const int FilesOfUnit = 100;

    private readonly IReadOnlySet<string> _extensions = extensions ?? SourceKind.Pictures;

    public string Settings => extensions is null ? "folder" : "folder of recordings";

    public string Emptiness => $"'{folder}' holds nothing to score. {SourceKind.Describe()}.";

    /// <summary>The files of a unit.</summary>
    public int UnitSize { get; init; } = FilesOfUnit;

    public Task<long> CountAsync(CancellationToken cancellation) => Task.FromResult(
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).LongCount(file =>
        {
            cancellation.ThrowIfCancellationRequested();
            return _extensions.Contains(Path.GetExtension(file));
        }));

    public IAsyncEnumerable<PictureEntry> ReadAsync(CancellationToken cancellation) =>
        Enumerate(folder, _extensions).Select(file => Entry(file, cancellation)).ToAsyncEnumerable();

    public IAsyncEnumerable<SourceUnit> ListAsync(CancellationToken cancellation) => Enumerate(folder, _extensions)
        .Chunk(UnitSize)
        .Select(files => new SourceUnit(
            string.Join('\n', files.Select(Name)),
            () => Task.FromResult<IReadOnlyList<PictureEntry>>([.. files.Select(file => Entry(file, cancellation))])))
        .ToAsyncEnumerable();

    /// <summary>The files of a folder at any depth in an order of their own: file systems give none.</summary>
    public static IEnumerable<string> Enumerate(string folder, IReadOnlySet<string> extensions) =>
        Directory.EnumerateFiles(folder).Where(file => extensions.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal)
            .Concat(Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
                .SelectMany(inner => Enumerate(inner, extensions)));

    private PictureEntry Entry(string file, CancellationToken cancellation) =>
        new(Name(file), FileStamp.Of(file), () => ReadAsync(file, cancellation));

    private static async Task<byte[]?> ReadAsync(string file, CancellationToken cancellation)
    {
        using (SafeFileHandle handle = File.OpenHandle(file))
        {
            // No failure of the disk, which the system's exception could be.
            if (RandomAccess.GetLength(handle) is var length && length > Array.MaxLength)
                throw new UnreadableRowException($"it has {length} bytes, and {Array.MaxLength} are the most");
        }
        return await File.ReadAllBytesAsync(file, cancellation);
    }

    private string Name(string file) => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/');
}
