using System.Runtime.CompilerServices;
using Parquet;
using Parquet.Schema;

namespace BatchScore.Sources;

/// <summary>
/// The pictures in a column of a Parquet file, encoded as image files are. Holds one row group at a time. Columns inside a structure are
/// named with dots: <c>image.bytes</c>.
/// </summary>
/// <param name="pathColumn">The column of the pictures' names; null to name them by their row.</param>
internal sealed class ParquetSource(string file, string imageColumn, string? pathColumn) : IPictureSource
{
    public async Task<long> CountAsync(CancellationToken cancellation)
    {
        await using ParquetReader reader = await OpenAsync(cancellation);
        return reader.RowGroups.Sum(group => group.RowCount);
    }

    public async IAsyncEnumerable<PictureEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await using ParquetReader reader = await OpenAsync(cancellation);
        DataField images = FindField(reader.Schema, imageColumn, typeof(ReadOnlyMemory<byte>), "binary values");
        DataField? paths = pathColumn is null ? null : FindField(reader.Schema, pathColumn, typeof(ReadOnlyMemory<char>), "text");
        long firstRow = 0;
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            int groupIndex = group, rows = checked((int)reader.RowGroups[group].RowCount);
            string?[] names = new string?[rows];
            if (paths is not null)
            {
                using ParquetRowGroupReader columns = reader.OpenRowGroupReader(group);
                await columns.ReadAsync(paths, names.AsMemory()!, cancellationToken: cancellation);
            }
            // Row groups that an earlier run has scored are not read.
            var bytes = new Lazy<Task<byte[]?[]>>(() => ReadImagesAsync(groupIndex, images, rows, cancellation));
            for (int row = 0; row < rows; row++)
            {
                int index = row;
                yield return new PictureEntry(
                    names[row] ?? $"row {firstRow + row}",
                    async () => (await bytes.Value)[index] ?? throw new InvalidDataException("the column is null in this row"));
            }
            firstRow += rows;
        }
    }

    private Task<byte[]?[]> ReadImagesAsync(int group, DataField images, int rows, CancellationToken cancellation) => GuardAsync(async () =>
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(file, cancellationToken: cancellation);
        using ParquetRowGroupReader columns = reader.OpenRowGroupReader(group);
        byte[]?[] pictures = new byte[]?[rows];
        await columns.ReadAsync(images, pictures.AsMemory()!, cancellationToken: cancellation);
        return pictures;
    });

    private Task<ParquetReader> OpenAsync(CancellationToken cancellation) =>
        GuardAsync(() => ParquetReader.CreateAsync(file, cancellationToken: cancellation));

    // What the library throws depends on where the damage lies.
    private async Task<T> GuardAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is not (
            FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or OperationCanceledException))
        {
            throw new InvalidDataException($"'{file}' is not a Parquet file that can be read: {e.Message}", e);
        }
    }

    private DataField FindField(ParquetSchema schema, string name, Type type, string typeName)
    {
        Dictionary<string, DataField> fields = schema.GetDataFields().ToDictionary(field => string.Join('.', field.Path.ToList()));
        return fields.TryGetValue(name, out DataField? field) && field.ClrType == type && !field.IsArray
            ? field
            : throw new InvalidDataException(
                $"'{file}' has no column '{name}' of {typeName}. Its columns are {string.Join(", ", fields.Keys)}.");
    }
}
