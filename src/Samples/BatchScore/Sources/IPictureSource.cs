namespace BatchScore.Sources;

/// <summary>Pictures, in the same order every time.</summary>
internal interface IPictureSource
{
    /// <summary>How many pictures there are.</summary>
    Task<long> CountAsync(CancellationToken cancellation);

    /// <summary>The pictures, one after the other; their bytes are read when they are asked for.</summary>
    IAsyncEnumerable<PictureEntry> ReadAsync(CancellationToken cancellation);
}
