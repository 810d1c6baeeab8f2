namespace BatchScore.Sources;

/// <summary>A source in units of work, the same ones in the same order every time: files, or the row groups of files.</summary>
internal interface IUnitSource
{
    /// <summary>What decides which rows a file or folder gives.</summary>
    string Settings { get; }

    /// <summary>What is said where there is no unit, in whole sentences.</summary>
    string Emptiness { get; }

    /// <summary>The units, one after the other.</summary>
    /// <exception cref="UserException">The source is not of the kind that it was taken for, or is damaged.</exception>
    IAsyncEnumerable<SourceUnit> ListAsync(CancellationToken cancellation);
}

/// <summary>A unit of work, of which nothing is read yet.</summary>
/// <param name="Identity">
/// Its files' names, and of a row group its file's size, its number and its rows: tells whether it is the same.
/// </param>
/// <param name="ReadAsync">Its entries, in order.</param>
internal sealed record SourceUnit(string Identity, Func<Task<IReadOnlyList<PictureEntry>>> ReadAsync);
