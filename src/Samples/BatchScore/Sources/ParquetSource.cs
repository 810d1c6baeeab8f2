using System.Runtime.CompilerServices;
using Parquet;
using Parquet.Schema;

namespace BatchScore.Sources;

/// <summary>
/// The pictures in a column of a Parquet file, encoded as image files are. Holds one row group at a time. Columns inside a structure are
/// named with dots: <c>image.bytes</c>.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="imageColumn">The column of the pictures.</param>
/// <param name="pathColumn">The column of the pictures' names; null to name them by their row.</param>
internal sealed class ParquetSource(string file, string imageColumn, string? pathColumn) : IPictureSource, IUnitSource
{
    private const string TheFile = "it";

    public string Settings => $"Parquet, column {imageColumn}";

    public string Emptiness => $"'{file}' holds no row.";

    /// <summary>The file's name in front of the rows' where they have none of their own; null for none.</summary>
    public string? Name { get; init; }

    public async Task<long> CountAsync(CancellationToken cancellation)
    {
        await using ParquetReader reader = await OpenAsync(cancellation);
        FindFields(reader);
        return Guard(() => reader.RowGroups.Sum(group => group.RowCount), TheFile);
    }

    public async IAsyncEnumerable<PictureEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        string stamp = FileStamp.Of(file);
        await using ParquetReader reader = await OpenAsync(cancellation);
        foreach (RowGroup group in Groups(reader))
        {
            foreach (PictureEntry entry in await ReadAsync(reader, group, stamp, cancellation))
                yield return entry;
        }
    }

    public async IAsyncEnumerable<SourceUnit> ListAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        string stamp = FileStamp.Of(file);
        RowGroup[] groups;
        await using (ParquetReader reader = await OpenAsync(cancellation))
        {
            FindFields(reader);
            groups = [.. Groups(reader)];
        }
        long size = new FileInfo(file).Length;
        foreach (RowGroup group in groups)
        {
            yield return new SourceUnit($"{Name} {size} {group.Index} {group.Rows}", async () =>
            {
                await using ParquetReader reader = await OpenAsync(cancellation);
                return await ReadAsync(reader, group, stamp, cancellation);
            });
        }
    }

    /// <summary>The entries of a row group.</summary>
    private async Task<IReadOnlyList<PictureEntry>> ReadAsync(
        ParquetReader reader, RowGroup group, string stamp, CancellationToken cancellation)
    {
        (DataField images, DataField? paths) = FindFields(reader);
        string?[]? names = paths is null ? null : await ReadNamesAsync(reader, group.Index, paths, group.Rows, group.Place, cancellation);
        // Row groups that an earlier run has scored are not read, unless their content is asked for.
        var bytes = new Lazy<Task<byte[]?[]>>(
            () => ReadImagesAsync(group.Index, images, group.Rows, stamp, group.Place, cancellation));
        string prefix = Name is null ? "" : $"{Name}, ";
        return [.. Enumerable.Range(0, group.Rows).Select(row => new PictureEntry(
            names?[row] ?? $"{prefix}row {group.FirstRow + row}", stamp, async () => (await bytes.Value)[row]))];
    }

    private IEnumerable<RowGroup> Groups(ParquetReader reader)
    {
        long firstRow = 0;
        for (int index = 0; index < reader.RowGroupCount; index++)
        {
            string place = $"row group {index + 1} of {reader.RowGroupCount}, from row {firstRow} on,";
            int group = index, rows = Guard(() => RowCount(reader, group), place);
            yield return new RowGroup(index, firstRow, rows, place);
            firstRow += rows;
        }
    }

    private static int RowCount(ParquetReader reader, int group) =>
        reader.RowGroups[group].RowCount is >= 0 and <= int.MaxValue and var rows
            ? (int)rows : throw new InvalidDataException($"it claims {reader.RowGroups[group].RowCount} rows");

    private Task<string?[]> ReadNamesAsync(
        ParquetReader reader, int group, DataField paths, int rows, string place, CancellationToken cancellation) => GuardAsync(
            async () =>
            {
                string?[] names = new string?[rows];
                using ParquetRowGroupReader columns = reader.OpenRowGroupReader(group);
                await columns.ReadAsync(paths, names.AsMemory()!, cancellationToken: cancellation);
                return names;
            },
            place);

    private async Task<byte[]?[]> ReadImagesAsync(
        int group, DataField images, int rows, string stamp, string place, CancellationToken cancellation)
    {
        byte[]?[] pictures = await GuardAsync(
            async () =>
            {
                byte[]?[] pictures = new byte[]?[rows];
                await using ParquetReader reader = await ParquetReader.CreateAsync(file, cancellationToken: cancellation);
                using ParquetRowGroupReader columns = reader.OpenRowGroupReader(group);
                await columns.ReadAsync(images, pictures.AsMemory()!, cancellationToken: cancellation);
                return pictures;
            },
            place);
        return FileStamp.Of(file) == stamp ? pictures : throw new UserException(
            $"'{file}' was changed while it was being read. Give the same command again when nobody writes it any more.");
    }

    private Task<ParquetReader> OpenAsync(CancellationToken cancellation) =>
        GuardAsync(() => ParquetReader.CreateAsync(file, cancellationToken: cancellation), TheFile);

    private T Guard<T>(Func<T> read, string place) => GuardAsync(() => Task.FromResult(read()), place).GetAwaiter().GetResult();

    // What the library throws depends on where the damage lies: null references and sizes that no memory can hold are among it.
    private async Task<T> GuardAsync<T>(Func<Task<T>> read, string place)
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new UserException(e.Message, e);
        }
        catch (Exception e) when (e is not (OperationCanceledException or UserException))
        {
            throw new UserException(
                $"'{file}' is damaged or no Parquet file: {place} cannot be read ({e.Message.TrimEnd('.')}). Put a sound copy in its "
                + "place; the same command with --hash-input then continues after what is scored.",
                e);
        }
    }

    private (DataField Images, DataField? Paths) FindFields(ParquetReader reader)
    {
        DataField[] fields = Guard(() => reader.Schema.GetDataFields(), TheFile);
        return (FindField(fields, imageColumn, typeof(ReadOnlyMemory<byte>), "binary values", "--image-column"),
            pathColumn is null ? null : FindField(fields, pathColumn, typeof(ReadOnlyMemory<char>), "text", "--path-column"));
    }

    private DataField FindField(DataField[] fields, string name, Type type, string typeName, string option) =>
        Array.Find(fields, field => NameOf(field) == name && field.ClrType == type && !field.IsArray) ?? throw new UserException(
            $"'{file}' has no column '{name}' of {typeName}. Its columns are {string.Join(", ", fields.Select(NameOf))}: "
            + $"name the right one with {option}.");

    private static string NameOf(DataField field) => string.Join('.', field.Path.ToList());

    /// <param name="Index">Its number in the file.</param>
    /// <param name="FirstRow">The number of its first row in the file.</param>
    /// <param name="Rows">Its rows.</param>
    /// <param name="Place">What it is called in messages.</param>
    private readonly record struct RowGroup(int Index, long FirstRow, int Rows, string Place);
}
