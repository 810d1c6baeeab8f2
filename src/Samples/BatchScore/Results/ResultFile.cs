using System.Collections.Immutable;
using System.Text.Json;
using Parquet;
using Parquet.Serialization;

namespace BatchScore.Results;

/// <summary>
/// The result, a Parquet file. Until all rows are there, each batch of them is a file of its own in a folder beside it; whatever happens,
/// each of these files is complete, and a later run begins behind the last.
/// </summary>
/// <param name="path">The result's path.</param>
/// <param name="model">Identifies the model: rows of different models must not be mixed.</param>
/// <param name="classes">The names of the classes, in the order of the scores.</param>
internal sealed class ResultFile(string path, string model, IReadOnlyList<string> classes)
{
    private const string ModelKey = "model", ClassesKey = "classes";

    private readonly string _parts = path + ".parts";

    private readonly ImmutableDictionary<string, string> _metadata = ImmutableDictionary<string, string>.Empty
        .Add(ModelKey, model).Add(ClassesKey, JsonSerializer.Serialize(classes));

    /// <summary>The rows of a batch that an earlier run has scored, or null.</summary>
    /// <exception cref="InvalidDataException">It has scored other pictures or used another model.</exception>
    public async Task<IList<ScoredPicture>?> ReadPartAsync(int index, IEnumerable<string> pictures, CancellationToken cancellation)
    {
        if (!File.Exists(PartPath(index)))
            return null;
        await using (ParquetReader reader = await ParquetReader.CreateAsync(PartPath(index), cancellationToken: cancellation))
        {
            if (reader.CustomMetadata.GetValueOrDefault(ModelKey) != model)
                throw new InvalidDataException($"'{_parts}' holds rows of an earlier run with another model. {Remedy}");
        }
        IList<ScoredPicture> rows = await ReadRowsAsync(index, cancellation);
        return rows.Select(row => row.Path).SequenceEqual(pictures)
            ? rows
            : throw new InvalidDataException($"'{_parts}' holds rows of an earlier run over other pictures. {Remedy}");
    }

    private string Remedy => $"Delete that folder to begin anew, or write to another file than '{path}'.";

    /// <summary>Keeps the rows of a batch.</summary>
    public async Task WritePartAsync(int index, IReadOnlyCollection<ScoredPicture> rows, CancellationToken cancellation)
    {
        Directory.CreateDirectory(_parts);
        string unfinished = PartPath(index) + ".tmp";
        await ParquetSerializer.SerializeAsync(rows, unfinished, customMetadata: _metadata, cancellationToken: cancellation);
        File.Move(unfinished, PartPath(index), overwrite: true);
    }

    /// <summary>Makes one file of all parts, a row group each.</summary>
    public async Task CompleteAsync(int parts, CancellationToken cancellation)
    {
        string unfinished = path + ".tmp";
        await using (FileStream stream = new(unfinished, FileMode.Create, FileAccess.ReadWrite))
        {
            // No part: a file without rows.
            for (int index = 0; index < Math.Max(parts, 1); index++)
            {
                IList<ScoredPicture> rows = parts == 0 ? [] : await ReadRowsAsync(index, cancellation);
                await ParquetSerializer.SerializeAsync(rows, stream, new ParquetOptions { Append = index > 0 }, _metadata, cancellation);
            }
        }
        File.Move(unfinished, path, overwrite: true);
        if (Directory.Exists(_parts))
            Directory.Delete(_parts, recursive: true);
    }

    private async Task<IList<ScoredPicture>> ReadRowsAsync(int index, CancellationToken cancellation)
    {
        var result = await ParquetSerializer.DeserializeAsync<ScoredPicture>(PartPath(index), cancellationToken: cancellation);
        return result.Data;
    }

    private string PartPath(int index) => Path.Combine(_parts, $"{index:D8}.parquet");
}
