namespace BatchScore.Sources;

/// <summary>What a folder holds, told by the extensions of its files.</summary>
internal static class SourceKind
{
    public static readonly IReadOnlySet<string> Pictures = Extensions(".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp");

    public static readonly IReadOnlySet<string> Recordings =
        Extensions(".aedat", ".aedat4", ".bin", ".dat", ".raw", ".npy", ".npz", ".csv", ".txt");

    public static readonly IReadOnlySet<string> Parquet = Extensions(".parquet");

    /// <summary>
    /// Parquet files where there are any; else pictures, whatever lies beside them; else recordings. A folder without any of them is one of
    /// pictures.
    /// </summary>
    /// <exception cref="UserException">There are Parquet files and pictures.</exception>
    public static IReadOnlySet<string> Of(string folder, CancellationToken cancellation)
    {
        bool hasParquet = false, hasPictures = false, hasRecordings = false;
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            cancellation.ThrowIfCancellationRequested();
            string extension = Path.GetExtension(file);
            hasParquet |= Parquet.Contains(extension);
            hasPictures |= Pictures.Contains(extension);
            hasRecordings |= Recordings.Contains(extension);
            if (hasParquet && hasPictures)
                throw new UserException($"'{folder}' holds Parquet files and pictures: name a folder of one kind.");
        }
        return hasParquet ? Parquet : hasRecordings && !hasPictures ? Recordings : Pictures;
    }

    /// <summary>What is scored, by its extensions.</summary>
    public static string Describe() =>
        $"Pictures end in {List(Pictures)}; recordings in {List(Recordings)}; files with a column of pictures in {List(Parquet)}";

    private static string List(IReadOnlySet<string> extensions) => string.Join(", ", extensions.Order(StringComparer.Ordinal));

    private static HashSet<string> Extensions(params ReadOnlySpan<string> extensions) =>
        new([.. extensions], StringComparer.OrdinalIgnoreCase);
}
