namespace BatchScore.Sources;

/// <summary>The pictures of a folder at any depth, named by their paths in it. Holds the names of one folder at a time.</summary>
internal sealed class FolderSource(string folder) : IPictureSource
{
    private static readonly HashSet<string> _extensions =
        new([".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"], StringComparer.OrdinalIgnoreCase);

    public string Settings => "folder";

    public Task<long> CountAsync(CancellationToken cancellation) => Task.FromResult(
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).LongCount(file =>
        {
            cancellation.ThrowIfCancellationRequested();
            return IsPicture(file);
        }));

    public IAsyncEnumerable<PictureEntry> ReadAsync(CancellationToken cancellation) => Enumerate(folder)
        .Select(file => new PictureEntry(
            Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'), FileStamp.Of(file),
            async () => await File.ReadAllBytesAsync(file, cancellation)))
        .ToAsyncEnumerable();

    // File systems give no order of their own.
    private static IEnumerable<string> Enumerate(string folder) =>
        Directory.EnumerateFiles(folder).Where(IsPicture).Order(StringComparer.Ordinal)
            .Concat(Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).SelectMany(Enumerate));

    private static bool IsPicture(string file) => _extensions.Contains(Path.GetExtension(file));
}
