namespace BatchScore.Sources;

/// <summary>
/// The pictures in the Parquet files of a folder at any depth, file after file. Rows without a name of their own have their file's in front.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="imageColumn">The column of the pictures.</param>
/// <param name="pathColumn">The column of the pictures' names; null to name them by their file and row.</param>
internal sealed class ParquetFolderSource(string folder, string imageColumn, string? pathColumn) : IPictureSource, IUnitSource
{
    public string Settings => $"Parquet files, column {imageColumn}";

    public string Emptiness => $"The Parquet files in '{folder}' hold no row.";

    public async Task<long> CountAsync(CancellationToken cancellation)
    {
        long count = 0;
        foreach (ParquetSource source in Files())
            count += await source.CountAsync(cancellation);
        return count;
    }

    public IAsyncEnumerable<PictureEntry> ReadAsync(CancellationToken cancellation) =>
        Files().ToAsyncEnumerable().SelectMany(source => source.ReadAsync(cancellation));

    public IAsyncEnumerable<SourceUnit> ListAsync(CancellationToken cancellation) =>
        Files().ToAsyncEnumerable().SelectMany(source => source.ListAsync(cancellation));

    private IEnumerable<ParquetSource> Files() => FolderSource.Enumerate(folder, SourceKind.Parquet).Select(file =>
        new ParquetSource(file, imageColumn, pathColumn)
        {
            Name = Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'),
        });
}
