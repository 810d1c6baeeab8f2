using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Parquet;
using Parquet.Serialization;

namespace BatchScore.Results;

/// <summary>
/// The batches that are scored, each a Parquet file in a folder beside the result. A part is named by its number and the SHA-256 of its
/// bytes, so that one rename makes it valid; what it was made of is in its metadata. What is not exactly the part that is asked for is
/// not taken, whatever has become of it.
/// </summary>
internal sealed partial class ResultParts
{
    private const string ModelKey = "model", SettingsKey = "settings", StampsKey = "stamps", ContentsKey = "contents";

    private readonly string _folder, _owner;
    private readonly ILookup<string, string> _earlier;

    /// <param name="folder">The folder, which is there.</param>
    /// <param name="owner">Who makes the parts, for <see cref="WholeFile"/>.</param>
    public ResultParts(string folder, string owner)
    {
        (_folder, _owner) = (folder, owner);
        _earlier = Directory.EnumerateFiles(folder, "*.parquet")
            .Where(file => PartName().IsMatch(Path.GetFileName(file)))
            .Order(StringComparer.Ordinal)
            .ToLookup(file => Path.GetFileName(file)[..8]);
    }

    /// <summary>The rows of a batch that an earlier run has kept. Where a part fits, the others of its number are removed.</summary>
    /// <param name="index">The batch's number.</param>
    /// <param name="pictures">The names of its pictures.</param>
    /// <param name="origin">What they would be made of today, without the pictures' contents.</param>
    /// <param name="readContentsAsync">
    /// Hashes the pictures' contents, to be compared instead of the stamps, and gives null where one cannot be read; null for the stamps.
    /// </param>
    /// <param name="cancellation">Stops reading.</param>
    public async Task<PartLookup> FindAsync(
        int index, IReadOnlyList<string> pictures, PartOrigin origin, Func<Task<string?>>? readContentsAsync,
        CancellationToken cancellation)
    {
        PartLookup found = default;
        foreach (string file in _earlier[Number(index)])
        {
            (found, PartOrigin? earlier) = await ReadAsync(file, cancellation);
            if (found.Rows is null)
                continue;
            string? misfit = earlier!.Model != origin.Model ? "it was made with another model"
                : earlier.Settings != origin.Settings ? $"it was made with other settings ({earlier.Settings}; now {origin.Settings})"
                : !found.Rows.Select(row => row.Path).SequenceEqual(pictures) ? "it holds other pictures"
                : readContentsAsync is null && earlier.Stamps != origin.Stamps
                    ? "a picture has another size or time since, or could not be read"
                : readContentsAsync is not null && earlier.Contents != await readContentsAsync()
                    ? "a picture has other content since, or could not be read"
                : null;
            if (misfit is null)
            {
                // A run may have been killed before it had removed what it replaced.
                RemoveOthers(index, file);
                return found with { File = Path.GetFileName(file) };
            }
            found = new(null, null, $"Part {Path.GetFileName(file)} is made again: {misfit}.");
        }
        return found;
    }

    /// <summary>Keeps the rows of a batch, and removes what was there in their place.</summary>
    /// <returns>The name of its file.</returns>
    public async Task<string> WriteAsync(int index, IReadOnlyCollection<ScoredPicture> rows, PartOrigin origin, CancellationToken cancellation)
    {
        var metadata = new Dictionary<string, string>
        {
            [ModelKey] = origin.Model, [SettingsKey] = origin.Settings, [StampsKey] = origin.Stamps, [ContentsKey] = origin.Contents!,
        };
        using var bytes = new MemoryStream();
        await ParquetSerializer.SerializeAsync(rows, bytes, customMetadata: metadata, cancellationToken: cancellation);
        ReadOnlyMemory<byte> part = bytes.GetBuffer().AsMemory(0, (int)bytes.Length);

        string name = $"{Number(index)}.{Convert.ToHexStringLower(SHA256.HashData(part.Span))}.parquet";
        await WholeFile.WriteAsync(
            _folder, _owner, name, overwrite: true, async stream => await stream.WriteAsync(part, cancellation));
        RemoveOthers(index, Path.Combine(_folder, name));
        return name;
    }

    /// <summary>Removes all parts, once the result is whole.</summary>
    public void Delete() => Directory.Delete(_folder, recursive: true);

    /// <summary>Removes the folder if no part is in it.</summary>
    public void DeleteIfEmpty()
    {
        if (!Directory.EnumerateFileSystemEntries(_folder).Any())
            Directory.Delete(_folder);
    }

    private void RemoveOthers(int index, string kept)
    {
        foreach (string other in _earlier[Number(index)].Where(file => file != kept))
            File.Delete(other);
    }

    private static async Task<(PartLookup Found, PartOrigin? Origin)> ReadAsync(string file, CancellationToken cancellation)
    {
        string name = Path.GetFileName(file);
        try
        {
            byte[] bytes = await File.ReadAllBytesAsync(file, cancellation);
            string checksum = PartName().Match(name).Groups["checksum"].Value;
            if (checksum != Convert.ToHexStringLower(SHA256.HashData(bytes)))
                return Refuse(checksum.Length == 0 ? "it has no checksum" : "it is damaged, its checksum is another");
            using var stream = new MemoryStream(bytes);
            IReadOnlyDictionary<string, string> metadata;
            await using (ParquetReader reader = await ParquetReader.CreateAsync(
                stream, leaveStreamOpen: true, cancellationToken: cancellation))
                metadata = reader.CustomMetadata;
            var rows = await ParquetSerializer.DeserializeAsync<ScoredPicture>(stream, cancellationToken: cancellation);
            return (new(rows.Data, null, null),
                new PartOrigin(metadata[ModelKey], metadata[SettingsKey], metadata[StampsKey], metadata[ContentsKey]));
        }
        // Of whatever kind: a part can always be made again.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return Refuse($"it cannot be read ({e.Message.TrimEnd('.')})");
        }

        (PartLookup, PartOrigin?) Refuse(string reason) => (new(null, null, $"Part {name} is made again: {reason}."), null);
    }

    private static string Number(int index) => $"{index:D8}";

    // Those of before had no checksum.
    [GeneratedRegex(@"\A[0-9]{8}(\.(?<checksum>[0-9a-f]{64}))?\.parquet\z")]
    private static partial Regex PartName();
}

/// <summary>What there is of a batch.</summary>
/// <param name="Rows">Its rows, if a part fits.</param>
/// <param name="File">The name of the part's file, if it fits.</param>
/// <param name="Misfit">Why the part that is there does not; null where there is none.</param>
internal readonly record struct PartLookup(IList<ScoredPicture>? Rows, string? File, string? Misfit);
