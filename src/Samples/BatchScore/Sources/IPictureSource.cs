namespace BatchScore.Sources;

/// <summary>Pictures, in the same order every time.</summary>
internal interface IPictureSource
{
    /// <summary>What decides which pictures a file or folder gives: rows of other settings must not be mixed.</summary>
    string Settings { get; }

    /// <summary>How many pictures there are.</summary>
    /// <exception cref="UserException">The source is not of the kind that it was taken for.</exception>
    Task<long> CountAsync(CancellationToken cancellation);

    /// <summary>The pictures, one after the other; their bytes are read when they are asked for.</summary>
    /// <exception cref="UserException">The source is damaged, or was changed while it was read.</exception>
    IAsyncEnumerable<PictureEntry> ReadAsync(CancellationToken cancellation);
}
